"""The batches of one epoch of the final training, from images that are indexed by number: without TensorFlow.

As in epochs.py the seed and the epoch decide the order; a training that was cut finds the same batches again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tuning import batches, objective
from tuning.model import Balancing


@dataclass(frozen=True)
class ArrayEpochs:
    """Batches of (image (n, side, side, 3), label (n, classes), weight (n,)) by epoch.

    images: uint8 (n, side, side, 3), indexed by an int array. labels: (n,). counts: its images by class. The rest is
    as in epochs.Epochs.
    """

    images: Any
    labels: np.ndarray
    counts: Sequence[int]
    batch_size: int
    seed: int
    balancing: Balancing = "class_weights"
    mixup: float = 0.0

    def batches(self, epoch: int, done: int = 0, parts: int = 1) -> keras.utils.PyDataset:
        """An epoch's batches after the first `done`; each cut into `parts` smaller ones that follow one another."""
        return _Batches(self, epoch, done, parts)


class _Batches(keras.utils.PyDataset):
    """What Keras's fit reads, by threads of its own."""

    def __init__(self, asked: ArrayEpochs, epoch: int, done: int, parts: int) -> None:
        super().__init__(workers=2)
        self._asked, self._epoch, self._done = asked, epoch, done
        self._piece = -(-asked.batch_size // parts)
        self._order = batches.order(asked.labels, asked.seed, epoch, asked.balancing == "sampling")
        flat = dict.fromkeys(range(len(asked.counts)), 1.0)
        by_class = objective.class_weights(asked.counts) if asked.balancing == "class_weights" else flat
        self._weights = np.array(list(by_class.values()), np.float32)

    def __len__(self) -> int:
        """How many are left."""
        return -(-len(self._order) // self._piece) - self._done

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        """A batch by its place among those that are left; called by Keras."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = (self._done + index) * self._piece
        rows = self._order[start : start + self._piece]
        if not self._asked.mixup:
            return self._batch(rows)
        size = self._asked.batch_size
        whole = self._order[start // size * size :][:size]
        opposite = whole[::-1][start % size :][: len(rows)]
        share = self._share(start // size)
        pairs = zip(self._batch(rows), self._batch(opposite), strict=True)
        return tuple((share * one + (1 - share) * other).astype(np.float32) for one, other in pairs)

    def _batch(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        labels = self._asked.labels[rows]
        truth = np.eye(len(self._asked.counts), dtype=np.float32)[labels]
        return np.asarray(self._asked.images[rows]), truth, self._weights[labels]

    def _share(self, number: int) -> np.float32:
        """Of the image itself, for a whole batch."""
        generator = np.random.default_rng((self._asked.seed, self._epoch, number))
        return np.float32(generator.beta(self._asked.mixup, self._asked.mixup))
