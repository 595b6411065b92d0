"""Several steps of a training given to the device at once: Keras's steps_per_execution, from stored features.

A GPU is done with a small step sooner than the host hands over the next. So it gets many at once, and where the rows
of an epoch are few enough, all of them once, of which each step then takes its own by number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tuning import batches
from tuning.features import Features
from tuning.feed import Feed
from tuning.learner import Learner
from tuning.step_arrays import Execution

_RESIDENT_BYTES = 1 << 30  # of a view: up to here it lies on the device
_BROUGHT_BYTES = 1 << 26  # of the rows that are brought for one execution, where it does not


class Executions:
    """The steps of a training's epochs. many: steps of an execution at most."""

    def __init__(self, learner: Learner, feed: Feed, features: Features, batch_size: int, many: int) -> None:
        self._learner, self._feed, self._features, self._batch_size = learner, feed, features, batch_size
        view, images = features.activations[0], len(features.labels)
        row_bytes = int(np.prod(view.shape[1:])) * np.dtype(view.dtype).itemsize
        self._stays = images * row_bytes <= _RESIDENT_BYTES
        most = many if self._stays else _BROUGHT_BYTES // (batch_size * row_bytes)
        self._many = max(1, min(many, most, batches.steps(images, batch_size)))
        self._number, self._source = -1, None  # the view that is on the device

    def epoch(self, chosen: np.ndarray, number: int) -> Iterator[Execution]:
        """Of the epoch of that number, from 0, in which these rows are chosen; read ahead by a thread."""
        steps, features = batches.steps(len(chosen), self._batch_size), self._features
        if self._stays:
            self._place(number % len(features.activations))
            features = Features([np.arange(len(features.labels), dtype=np.int32)], features.labels)

        def placed(index: int, rows: batches.Rows) -> Execution:
            first = index * self._many
            batch = self._feed.batches(rows, number * steps + first, self._many)
            source = self._source
            if not self._stays:
                source = self._learner.placed_rows(batch.inputs.reshape(-1, *batch.inputs.shape[2:]))
                batch = batch._replace(inputs=np.arange(len(rows.real), dtype=np.int32).reshape(self._many, -1))
            rates = self._feed.rates_of(number * steps + first, self._many)
            return Execution(source, self._learner.placed(batch), rates, np.int32(min(self._many, steps - first)))

        return batches.epoch(features, chosen, number, self._batch_size * self._many, placed)

    def _place(self, number: int) -> None:
        if self._number != number:
            self._source = None  # its memory is free before the next one takes as much
            view = self._features.activations[number]
            self._source = self._learner.placed_rows(np.asarray(view[np.arange(len(self._features.labels))]))
            self._number = number
