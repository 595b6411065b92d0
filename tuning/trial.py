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

from tuning import batches, checkpoint, devices, heads, objective
from tuning import feed as feeding
from tuning.checkpoint import Checkpoint
from tuning.features import Features
from tuning.files import Files
from tuning.learner import Learner
from tuning.model import Hyperparameters
from tuning.stepping import Stepper

_KEEPING = 0.03  # share of the time that may go into keeping states
_KEEPING_BYTES_A_S = 1e9  # until a state was kept, and the time that took is known


@dataclass(frozen=True)
class TrialSettings:
    """How every trial of a search is trained. epochs: of a whole training, which the schedule of the rate spans.

    devices: names of those that share every batch of a trial with unfrozen stages; None takes every GPU there is.
    steps_per_execution: of a trial on one device, at most; None asks devices.steps_per_execution.
    head_steps: what a head needs. A head-only trial takes as many, in several passes an epoch if one is too few; a
    trial with unfrozen stages and fewer steps than that begins with a trained head.
    """

    epochs: int
    batch_size: int
    objective: str
    seed: int
    devices: tuple[str, ...] | None = None
    steps_per_execution: int | None = None
    head_steps: int = 400

    def steps(self, images: int) -> int:
        """Optimiser steps of a whole training on so many images, each seen once an epoch."""
        return self.epochs * batches.steps(images, self.batch_size)

    def begins_trained(self, images: int) -> bool:
        """Whether trials with unfrozen stages begin with a trained head, see trained_heads.py."""
        return self.steps(images) < self.head_steps

    def passes(self, unfrozen_stages: int, images: int) -> int:
        """How often a trial sees every image in an epoch: a head alone may need it, and its steps cost little."""
        return 1 if unfrozen_stages else batches.passes(self.head_steps, self.steps(images))


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
        training, size, images = features["training"], settings.batch_size, len(features["training"].labels)
        self._passes = settings.passes(points[0].unfrozen_stages, images)
        feed = feeding.Feed(learner, points, settings.seed, settings.steps(images) * self._passes)
        constants = feeding.constants(points, mask, training.counts(head[-1].shape[-1]))
        many = settings.steps_per_execution or devices.steps_per_execution(points[0].unfrozen_stages)
        self._stepper = Stepper(learner, learner.start(head), feed, constants, training, size, many)
        self._kept_at, self._keeping_s = time.monotonic(), learner.nbytes(head) / _KEEPING_BYTES_A_S

    @property
    def images(self) -> int:
        """How many it learns from."""
        return len(self._features["training"].labels)

    @property
    def ended(self) -> bool:
        """Whether nothing is left to train."""
        return self.epochs >= self._settings.epochs or all(self.reasons)

    def epoch(self) -> None:
        """Train one more epoch and score it. A trial whose loss is no longer a number gets its reason.

        Raises OutOfMemory.
        """
        started = time.monotonic()
        labels, balanced = self._features["training"].labels, self._points[0].balancing == "sampling"
        loss: Any = 0.0
        for number in range(self.epochs * self._passes, (self.epochs + 1) * self._passes):
            chosen = batches.order(labels, self._settings.seed, number, balanced)
            for of_steps in self._stepper.epoch(chosen, number):
                loss = loss + of_steps
        losses = keras.ops.convert_to_numpy(loss)
        self.epochs += 1
        self._score(losses)
        self.seconds += time.monotonic() - started

    def last_heads(self) -> tuple[list[float | None], heads.Head]:
        """Of head-only trials: each one's last score, None if it failed, and what they are now, stacked."""
        pairs = zip(self.curves, self.reasons, strict=True)
        return [None if reason else curve[-1] for curve, reason in pairs], self._learner.arrays(self._stepper.state)[0]

    def keep(self, files: Files, name: str, *, certainly: bool = False) -> None:
        """Keep the state, unless that would take more than a small share of the time: an epoch may be shorter."""
        if not certainly and time.monotonic() - self._kept_at < self._keeping_s * (1 / _KEEPING - 1):
            return
        started = time.monotonic()
        weights, slots = self._learner.arrays(self._stepper.state)
        arrays = {"weights": weights, "slots": slots}
        figures = {
            "epochs": self.epochs, "seconds": self.seconds, "curves": self.curves, "reasons": self.reasons,
            "pieces": self._stepper.pieces,
        }  # fmt: skip
        checkpoint.write(files, Checkpoint(arrays, figures), name)
        self._kept_at = time.monotonic()
        self._keeping_s = self._kept_at - started

    def restore(self, files: Files, name: str) -> None:
        """Go on from a state that was kept; a missing, damaged or foreign one changes nothing."""
        found = checkpoint.read(files, name)
        if found is None or not checkpoint.fits(found.arrays["weights"], self._learner.arrays(self._stepper.state)[0]):
            return
        each = len(self._stepper.state.slots[0])
        slots = list(found.arrays["slots"])
        self._stepper.state = self._learner.resumed(
            found.arrays["weights"], [slots[at : at + each] for at in range(0, len(slots), each)]
        )
        figures = found.figures
        self.epochs, self.seconds, self._stepper.pieces = figures["epochs"], figures["seconds"], figures["pieces"]
        self.curves, self.reasons = figures["curves"], figures["reasons"]

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
        validation, size = self._features["validation"], -(-self._settings.batch_size // self._stepper.pieces)
        rows = batches.epoch(validation, np.arange(len(validation.labels)), 0, size)
        found = self._stepper.probabilities(batch.inputs for batch in rows)
        return found[:, : len(validation.labels)]
