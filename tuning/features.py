"""The frozen part's activations, computed once and read by every trial of the same depth.

What the search trains on is a FeatureSource; where the activations lie is the source's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

_AT_ONCE = 32  # images through the frozen part in one call


@dataclass(frozen=True)
class Features:
    """Activations at a cut with their labels.

    activations: one array-like for each stored view, the images as they are first. Each has `shape` (n, ...) and
    `dtype` float32 or float16 and is indexed by an int array, in any order, which gives an np.ndarray of those rows;
    it may be mapped from a file or joined from several. At depth 0 a row is model.pooled's vector (2 * channels,).
    labels: (n,) int64; row i of every view is of the same image.
    """

    activations: Sequence[Any]
    labels: np.ndarray

    def counts(self, classes: int) -> list[int]:
        """Images by class."""
        return np.bincount(self.labels, minlength=classes).tolist()


class FeatureSource(Protocol):
    """Where a search gets its features from: computes them or finds them."""

    def at(self, unfrozen_stages: int, image_side_px: int, augmentation: str = "none") -> Mapping[str, Features]:
        """The features at the cut below that many unfrozen stages of the network with its starting weights.

        augmentation: a strength of augmentation.STRENGTHS. "training" holds one view if it is "none", else as many as
        the source was told: view 0 is the images as they are, the others are changed with that strength. "validation"
        always holds one. Raises ValueError if a split is empty.
        """


def store(
    frozen: keras.Model, dataset: tf.data.Dataset, path: str, on_images: Callable[[int], None] = lambda _: None
) -> Features:
    """Run a dataset of (image, label), neither batched nor shuffled, through the frozen part into a .npy file.

    on_images: called with the number of images done so far. Raises ValueError if the dataset is empty.
    """
    size = _size(dataset)
    if size == 0:
        raise ValueError("There are no images to compute features of: the split is empty.")
    file = np.lib.format.open_memmap(path, "w+", np.float32, (size, *frozen.outputs[0].shape[1:]))
    labels = np.empty(size, np.int64)
    infer = tf.function(lambda images: frozen(images, training=False), reduce_retracing=True)
    done = 0
    for images, batch_labels in dataset.batch(_AT_ONCE).prefetch(2):
        end = done + len(batch_labels)
        file[done:end] = infer(tf.cast(images, tf.float32)).numpy()
        labels[done:end] = batch_labels.numpy()
        done = end
        on_images(done)
    file.flush()
    return Features((np.load(path, mmap_mode="r"),), labels)


def _size(dataset: tf.data.Dataset) -> int:
    known = int(dataset.cardinality())
    return known if known >= 0 else int(dataset.reduce(np.int64(0), lambda count, _: count + 1))


class Batches(keras.utils.PyDataset):
    """Stored features in batches; in a new order each epoch if there is a seed, else in their own."""

    def __init__(self, features: Features, batch_size: int, seed: int | None = None) -> None:
        super().__init__()
        self._features, self._batch_size = features, batch_size
        self._generator = None if seed is None else np.random.default_rng(seed)
        self._order = np.arange(len(features.labels))
        self.on_epoch_end()

    def __len__(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Activations and labels of one batch."""
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return self._features.activations[0][chosen], self._features.labels[chosen]

    def on_epoch_end(self) -> None:
        """Shuffle anew; called by Keras."""
        if self._generator is not None:
            self._generator.shuffle(self._order)
