"""A training on stored features, epoch by epoch: one trial, or a stack of head-only trials that share every pass.

After every epoch its whole state can be kept, and a training that was killed goes on from there: the order of the
images, the dropout masks and the rates depend on the seed and the number of the step alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from tuning import backend, batches, checkpoint, feed, heads, objective
from tuning.checkpoint import Checkpoint
from tuning.features import Features
from tuning.files import Files
from tuning.learner import Batch, Learner
from tuning.model import Hyperparameters

_KEEPING = 0.03  # share of the time that may go into keeping states


class TrialFailed(Exception):  # noqa: N818 - a verdict on one trial, after which the search goes on
    """These hyperparameters cannot be trained; others may."""


class OutOfMemory(TrialFailed):
    """Not even single images fit into memory."""


@dataclass(frozen=True)
class TrialSettings:
    """How every trial of a search is trained. epochs: of a whole training, which the schedule of the rate spans.

    devices: names of those that share every batch of a trial with unfrozen stages; None takes every GPU there is.
    """

    epochs: int
    batch_size: int
    objective: str
    seed: int
    devices: tuple[str, ...] | None = None


class Fed(NamedTuple):
    """A batch, and what a step is given of it: so many pieces, on their devices."""

    rows: batches.Rows
    parts: int
    pieces: list[Batch]


class Training:
    """Trials of one depth, and where they stand.

    points: of one optimiser, one kind of balancing, all with mixup or none; more than one at depth 0 only. head, mask:
    heads.stacked's.
    """

    def __init__(
        self, learner: Learner, points: Sequence[Hyperparameters], head: heads.Head, mask: np.ndarray,
        features: Mapping[str, Features], settings: TrialSettings,
    ) -> None:  # fmt: skip
        self.curves: list[list[float]] = [[] for _ in points]
        self.reasons: list[str | None] = [None] * len(points)
        self.epochs, self.seconds = 0, 0.0
        self._learner, self._points, self._features, self._settings = learner, points, features, settings
        self._state, self._pieces, self._fitted = learner.start(head), 1, 0
        self._kept_at, self._keeping_s = -np.inf, 0.0
        training = features["training"]
        steps = settings.epochs * batches.steps(len(training.labels), settings.batch_size)
        self._feed = feed.Feed(learner, points, settings.seed, steps)
        self._constants = learner.everywhere(feed.constants(points, mask, training.counts(head[-1].shape[-1])))

    @property
    def ended(self) -> bool:
        """Whether nothing is left to train."""
        return self.epochs >= self._settings.epochs or all(self.reasons)

    def epoch(self) -> None:
        """Train one more epoch and score it. A trial whose loss is no longer a number gets its reason.

        Raises OutOfMemory.
        """
        started = time.monotonic()
        training, first = self._features["training"], self._points[0]
        seed, number = self._settings.seed, self.epochs
        chosen = batches.order(training.labels, seed, number, first.balancing == "sampling")
        steps = batches.steps(len(chosen), self._settings.batch_size)
        loss: Any = 0.0
        rows = batches.epoch(training, chosen, number, self._settings.batch_size, self._placed(number * steps))
        for index, fed in enumerate(rows):
            loss = loss + self._step(fed, number * steps + index)
        losses = keras.ops.convert_to_numpy(loss)
        self.epochs += 1
        self._score(losses)
        self.seconds += time.monotonic() - started

    def keep(self, files: Files, name: str, *, certainly: bool = False) -> None:
        """Keep the state, unless that would take more than a small share of the time: an epoch may be shorter."""
        if not certainly and time.monotonic() - self._kept_at < self._keeping_s * (1 / _KEEPING - 1):
            return
        started = time.monotonic()
        weights, slots = self._learner.arrays(self._state)
        arrays = {"weights": weights, "slots": slots}
        figures = {
            "epochs": self.epochs, "seconds": self.seconds, "curves": self.curves, "reasons": self.reasons,
            "pieces": self._pieces,
        }  # fmt: skip
        checkpoint.write(files, Checkpoint(arrays, figures), name)
        self._kept_at = time.monotonic()
        self._keeping_s = self._kept_at - started

    def restore(self, files: Files, name: str) -> None:
        """Go on from a state that was kept; a missing, damaged or foreign one changes nothing."""
        found = checkpoint.read(files, name)
        if found is None or not checkpoint.fits(found.arrays["weights"], self._learner.arrays(self._state)[0]):
            return
        each = len(self._state.slots[0])
        slots = list(found.arrays["slots"])
        self._state = self._learner.resumed(
            found.arrays["weights"], [slots[at : at + each] for at in range(0, len(slots), each)]
        )
        figures = found.figures
        self.epochs, self.seconds, self._pieces = figures["epochs"], figures["seconds"], figures["pieces"]
        self.curves, self.reasons = figures["curves"], figures["reasons"]

    def _placed(self, first: int) -> Callable[[int, batches.Rows], Fed]:
        """What the reading thread makes of an epoch's batches. first: the number of the epoch's first step."""

        def placed(index: int, rows: batches.Rows) -> Fed:
            parts = self._pieces
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
                if fed.parts != self._pieces:
                    fed = Fed(fed.rows, self._pieces, self._feed.batch(fed.rows, number, self._pieces))
                state, loss = self._learner.step(self._state, fed.pieces, self._constants, rates)
                if self._fitted != self._pieces:
                    # A GPU works while we go on: that memory does not suffice may be said only when we ask for results.
                    keras.ops.convert_to_numpy(loss)
                    self._fitted = self._pieces
                self._state = state
                return loss
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                self._pieces *= 2
                if self._pieces > self._settings.batch_size:
                    raise OutOfMemory("out of memory, even for a single image; lower search.image_side_px") from error

    def _score(self, losses: np.ndarray) -> None:
        probabilities = self._answers()
        labels = self._features["validation"].labels
        for index, curve in enumerate(self.curves):
            if self.reasons[index]:
                continue
            if not np.isfinite(losses[index]):
                self.reasons[index] = f"the loss was no longer a number after epoch {self.epochs}"
            elif not np.isfinite(probabilities[index]).all():
                self.reasons[index] = f"probabilities were no longer numbers after epoch {self.epochs}"
            else:
                curve.append(objective.score(self._settings.objective, probabilities[index], labels))

    def _answers(self) -> np.ndarray:
        # What had to be cut for training is not asked whole.
        validation, size = self._features["validation"], -(-self._settings.batch_size // self._pieces)
        rows = batches.epoch(validation, np.arange(len(validation.labels)), 0, size)
        found = [self._learner.probabilities(self._state, batch.inputs, self._constants.mask) for batch in rows]
        return np.concatenate(found, axis=1)[:, : len(validation.labels)]
