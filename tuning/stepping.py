"""The steps of a training: many at once where that pays, batches cut into pieces where memory does not hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from tuning import backend, batches
from tuning.executions import Executions
from tuning.features import Features
from tuning.feed import Feed
from tuning.learner import Learner
from tuning.step_arrays import Batch, Constants, Execution, State


class OutOfMemory(MemoryError):  # noqa: N818 - a verdict on one trial, after which the search goes on
    """Not even single images fit into memory."""


class Fed(NamedTuple):
    """A batch, and what a step is given of it: so many pieces, on their devices."""

    rows: batches.Rows
    parts: int
    pieces: list[Batch]


class Stepper:
    """Takes a training's steps from state, which is always whole. pieces: into which batches are cut.

    features: for training. many: steps that the device is given at once, at most; several devices are given each.
    """

    def __init__(
        self, learner: Learner, state: State, feed: Feed, constants: Constants, features: Features, batch_size: int,
        many: int,
    ) -> None:  # fmt: skip
        self.state, self.pieces = state, 1
        self.learner, self._feed, self._features, self._batch_size = learner, feed, features, batch_size
        self._constants = learner.everywhere(constants)
        self._fitted, self._executed = 0, False
        self.executions: Executions | None = None
        if many > 1 and learner.devices == 1:
            self.executions = Executions(learner, feed, features, batch_size, many)

    def epoch(self, chosen: np.ndarray, number: int) -> Iterator[Any]:
        """Take the steps of an epoch, from 0, on the chosen rows; the losses (trials,) of one or more of them.

        Raises OutOfMemory.
        """
        done = 0
        if self.executions is not None:
            try:
                for given in self.executions.epoch(chosen, number):
                    yield self._execute(given)
                    done += int(given.steps)
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                self.executions = None  # single steps need less, in this epoch and from now on
        first = number * batches.steps(len(chosen), self._batch_size) + done
        rows = batches.epoch(self._features, chosen, number, self._batch_size, self._placed(first), done)
        for index, fed in enumerate(rows):
            yield self._step(fed, first + index)

    def probabilities(self, inputs: Iterable[np.ndarray]) -> np.ndarray:
        """Answers (trials, n, classes) to activations (n, ...), which come in batches."""
        return self.learner.probabilities(self.state, inputs, self._constants.mask)

    def _execute(self, given: Execution) -> Any:
        state, loss = self.learner.steps(self.state, given, self._constants)
        if not self._executed:
            keras.ops.convert_to_numpy(loss)  # as in _step
            self._executed = True
        self.state = state
        return loss

    def _placed(self, first: int) -> Callable[[int, batches.Rows], Fed]:
        """What the reading thread makes of an epoch's batches. first: the number of their first step."""

        def placed(index: int, rows: batches.Rows) -> Fed:
            parts = self.pieces
            try:
                return Fed(rows, parts, self._feed.batch(rows, first + index, parts))
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                return Fed(rows, 0, [])  # what was brought ahead filled the device: it is brought when its turn comes

        return placed

    def _step(self, fed: Fed, number: int) -> Any:
        """One step; a batch that does not fit into memory is cut in two, and again. The weights before it are whole."""
        rates = self._feed.rates(number)
        while True:
            try:
                if fed.parts != self.pieces:
                    fed = Fed(fed.rows, self.pieces, self._feed.batch(fed.rows, number, self.pieces))
                state, loss = self.learner.step(self.state, fed.pieces, self._constants, rates)
                if self._fitted != self.pieces:
                    # A GPU works while we go on: that memory does not suffice may be said only when we ask for results.
                    keras.ops.convert_to_numpy(loss)
                    self._fitted = self.pieces
                self.state = state
                return loss
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                self.pieces *= 2
                if self.pieces > self._batch_size:
                    raise OutOfMemory("out of memory, even for a single image; lower search.image_side_px") from error
