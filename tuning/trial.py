"""A training on stored features, epoch by epoch: one trial, or a stack of head-only trials that share every pass.

After every epoch its whole state can be kept, and a training that was killed goes on from there: the order of the
images, the dropout masks and the rates depend on the seed and the number of the step alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tuning import backend, batches, checkpoint, heads, objective, schedule
from tuning.checkpoint import Checkpoint
from tuning.features import Features
from tuning.files import Files
from tuning.learner import Batch, Constants, Learner, Rates, State
from tuning.model import Hyperparameters

_KEEPING = 0.1  # share of the time that may go into keeping states
_DRAWS = 2  # random numbers drawn in a step, at most


class TrialFailed(Exception):  # noqa: N818 - a verdict on one trial, after which the search goes on
    """These hyperparameters cannot be trained; others may."""


class OutOfMemory(TrialFailed):
    """Not even single images fit into memory."""


@dataclass(frozen=True)
class TrialSettings:
    """How every trial of a search is trained. epochs: of a whole training, which the schedule of the rate spans."""

    epochs: int
    batch_size: int
    objective: str
    seed: int


class Training:
    """Trials of one depth, and where they stand.

    points: of one optimiser, one kind of balancing, all with mixup or none; more than one at depth 0 only, where their
    heads must have equal shapes. At depth 0 the features hold the columns that these heads read (batches.part).
    """

    def __init__(
        self, learner: Learner, points: Sequence[Hyperparameters], head: heads.Head, mask: np.ndarray | None,
        features: Mapping[str, Features], settings: TrialSettings,
    ) -> None:  # fmt: skip
        self.curves: list[list[float]] = [[] for _ in points]
        self.reasons: list[str | None] = [None] * len(points)
        self.epochs, self.seconds = 0, 0.0
        self._learner, self._points, self._features, self._settings = learner, points, features, settings
        self._state, self._pieces = learner.start(head), 1
        self._kept_at, self._keeping_s = -np.inf, 0.0
        self._constants = self._shared(mask, classes=head[-1].shape[-1])

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
        for index, rows in enumerate(batches.epoch(training, chosen, number, self._settings.batch_size)):
            loss = loss + self._step(rows, number * steps + index, steps * self._settings.epochs)
        losses = keras.ops.convert_to_numpy(loss)
        self.epochs += 1
        self._score(losses)
        self.seconds += time.monotonic() - started

    def keep(self, files: Files, name: str, *, certainly: bool = False) -> None:
        """Keep the state, unless that would take more than a tenth of the time: an epoch may be shorter than this."""
        if not certainly and time.monotonic() - self._kept_at < self._keeping_s * (1 / _KEEPING - 1):
            return
        started = time.monotonic()
        arrays = {
            "weights": [keras.ops.convert_to_numpy(weight) for weight in self._state.weights],
            "slots": [keras.ops.convert_to_numpy(slot) for slots in self._state.slots for slot in slots],
        }
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
        if found is None or not checkpoint.fits(found.arrays["weights"], self._state.weights):
            return
        each = len(self._state.slots[0])
        slots = list(found.arrays["slots"])
        self._state = State(list(found.arrays["weights"]), [slots[at : at + each] for at in range(0, len(slots), each)])
        figures = found.figures
        self.epochs, self.seconds, self._pieces = figures["epochs"], figures["seconds"], figures["pieces"]
        self.curves, self.reasons = figures["curves"], figures["reasons"]

    def _step(self, rows: batches.Rows, number: int, total: int) -> Any:
        """One step; a batch that does not fit into memory is cut in two, and again. The weights before it are whole."""
        rates = self._rates(number, total)
        while True:
            try:
                self._state, loss = self._learner.step(self._state, self._cut(rows, number), self._constants, rates)
                return loss
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                self._pieces *= 2
                if self._pieces > self._settings.batch_size:
                    raise OutOfMemory("out of memory, even for a single image; lower search.image_side_px") from error

    def _cut(self, rows: batches.Rows, number: int) -> list[Batch]:
        share, images = self._mixup_share(number), np.float32(rows.real.sum())
        size = -(-len(rows.real) // self._pieces)
        pieces = []
        for index, at in enumerate(range(0, len(rows.real), size)):
            state = backend.seed_of(self._settings.seed, number * self._settings.batch_size + index, _DRAWS)
            inputs, labels, real = (values[at : at + size] for values in rows)
            pieces.append(Batch(inputs, labels, real, images, share, state))
        return pieces

    def _mixup_share(self, number: int) -> np.ndarray | None:
        if not self._points[0].mixup:
            return None
        shares = (np.random.default_rng((self._settings.seed, number, 1)).beta(p.mixup, p.mixup) for p in self._points)
        return np.array(list(shares), np.float32)

    def _rates(self, number: int, total: int) -> Rates:
        share = schedule.share(number, total)
        peaks = np.array([point.learning_rate for point in self._points])
        return Rates(
            head=(peaks * share).astype(np.float32),
            decay=np.array([point.weight_decay for point in self._points], np.float32),
            backbone=np.float32(peaks[0] * share * self._points[0].backbone_rate),
            number=np.float32(number + 1),
        )

    def _shared(self, mask: np.ndarray | None, classes: int) -> Constants:
        counts = self._features["training"].counts(classes)
        weights = list(objective.class_weights(counts).values())
        flat = [1.0] * classes
        return Constants(
            dropout=np.array([point.dropout for point in self._points], np.float32),
            smoothing=np.array([point.label_smoothing for point in self._points], np.float32),
            class_weights=np.array(
                [weights if point.balancing == "class_weights" else flat for point in self._points], np.float32
            ),
            mask=mask,
        )

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
        validation, size = self._features["validation"], self._settings.batch_size
        rows = batches.epoch(validation, np.arange(len(validation.labels)), 0, size)
        found = [self._learner.probabilities(self._state, batch.inputs, self._constants.mask) for batch in rows]
        return np.concatenate(found, axis=1)[:, : len(validation.labels)]
