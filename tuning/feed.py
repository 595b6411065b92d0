"""What a step of a training is fed: its rates, and its batch, cut to what memory holds and on its way to the devices.

Everything follows from the seed and the step's number, however the batch is cut and however many devices share it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuning import backend, cutting, objective, schedule
from tuning.batches import Rows
from tuning.learner import Learner
from tuning.model import Hyperparameters
from tuning.step_arrays import Batch, Constants, Rates

_DRAWS = 2  # random numbers drawn in a step, at most


class Feed:
    """Of trials that are trained together. seed: of all of them. steps: of the whole training."""

    def __init__(self, learner: Learner, points: Sequence[Hyperparameters], seed: int, steps: int) -> None:
        self._learner, self._points, self._seed, self._steps = learner, points, seed, steps

    def batch(self, rows: Rows, number: int, parts: int) -> list[Batch]:
        """The batch of a step, from 0, on its devices, in so many pieces."""
        state, images = backend.seed_of(self._seed, number, _DRAWS), np.float32(rows.real.sum())
        if parts == 1 and self._learner.devices == 1:
            return [self._learner.placed(Batch(*rows, images, self._mixup_share(number), state))]
        return [
            self._learner.placed(self._piece(rows, places, Batch(*rows, images, self._mixup_share(number), state)))
            for places in cutting.pieces(len(rows.real), parts)
        ]

    def _piece(self, rows: Rows, places: np.ndarray, whole: Batch) -> Batch:
        kept, counts = cutting.filled(np.arange(len(places)), self._learner.devices)
        order = self._learner.arranged(np.arange(len(kept)))
        chosen, counts = places[kept][order], counts[order]
        return whole._replace(
            inputs=rows.inputs[chosen], labels=rows.labels[chosen], real=rows.real[chosen] * counts,
            places=chosen.astype(np.int32),
        )  # fmt: skip

    def rates(self, number: int) -> Rates:
        """The rates of a step, from 0; after the last one the learning rates are 0."""
        share = schedule.share(number, self._steps) if number < self._steps else 0.0
        peaks = np.array([point.learning_rate for point in self._points])
        return Rates(
            head=(peaks * share).astype(np.float32),
            decay=np.array([point.weight_decay for point in self._points], np.float32),
            backbone=np.float32(peaks[0] * share * self._points[0].backbone_rate),
            number=np.float32(number + 1),
        )

    def batches(self, rows: Rows, number: int, many: int) -> Batch:
        """The batches of that many steps, from step `number`, one behind the other in rows; not placed yet."""
        cut = Rows(*(field.reshape(many, -1, *field.shape[1:]) for field in rows))
        steps = range(number, number + many)
        shares = [share for step in steps if (share := self._mixup_share(step)) is not None]
        return Batch(
            *cut, images=cut.real.sum(axis=1), share=np.stack(shares) if shares else None,
            state=np.stack([backend.seed_of(self._seed, step, _DRAWS) for step in steps]),
        )  # fmt: skip

    def rates_of(self, number: int, many: int) -> Rates:
        """The rates of that many steps, from step `number`: (many, ...) each. No step after the last is taken."""
        return Rates(*map(np.stack, zip(*map(self.rates, range(number, number + many)), strict=True)))

    def _mixup_share(self, number: int) -> np.ndarray | None:
        if not self._points[0].mixup:
            return None
        shares = (np.random.default_rng((self._seed, number, 1)).beta(p.mixup, p.mixup) for p in self._points)
        return np.array(list(shares), np.float32)


def constants(points: Sequence[Hyperparameters], mask: np.ndarray, counts: Sequence[int]) -> Constants:
    """What makes these trials different. counts: training images by class."""
    weights = list(objective.class_weights(counts).values())
    flat = [1.0] * len(counts)
    return Constants(
        dropout=np.array([point.dropout for point in points], np.float32),
        smoothing=np.array([point.label_smoothing for point in points], np.float32),
        class_weights=np.array(
            [weights if point.balancing == "class_weights" else flat for point in points], np.float32
        ),
        mask=mask,
    )
