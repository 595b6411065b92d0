"""What a final training keeps, so that it goes on exactly where it was: in memory, and in its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import keras
import numpy as np

from tuning import checkpoint, optimizer
from tuning.async_checkpointer import AsyncCheckpointer
from tuning.checkpoint import Checkpoint
from tuning.standing import EpochRow, Standing

# A compiled model over (image) -> probabilities for so many pieces of a batch, its optimiser built; it shares every
# weight with the classifier.
MakeLearner = Callable[[int], keras.Model]


class FitState:
    """Of one training: how far it has come, what it learns with, the best weights, the average, the epoch's sums."""

    def __init__(self, model: keras.Model, make: MakeLearner, checkpoints: AsyncCheckpointer) -> None:
        """model: Classifier.whole, trained in place. make: what is fitted, which shares the model's weights."""
        self.standing = Standing()
        self.best: list[np.ndarray] = []  # the best epoch's weights, once there is one
        self.average: list[np.ndarray] = []  # of the last epochs' weights
        self.metrics: list[np.ndarray] = []  # what an epoch that was begun has added up
        self.learner = make(1)
        self._model, self._make, self._checkpoints = model, make, checkpoints
        # JAX gives a step's arrays away: those that it was given are lost if it fails, the frozen ones among them.
        self._frozen = checkpoint.values(self._given)

    @property
    def trained(self) -> list[Any]:
        """The variables that training changes; frozen stages have the starting weights, known by their digest."""
        return list(self._model.trainable_variables)

    @property
    def _given(self) -> list[Any]:
        """What a step is given and does not change, where that may be lost."""
        return list(self._model.non_trainable_variables) if keras.backend.backend() == "jax" else []

    @property
    def _seeds(self) -> list[Any]:
        """Where the generators of dropout and augmentation stand."""
        weights = {id(variable) for variable in self.learner.weights}
        return [variable for variable in self.learner.variables if id(variable) not in weights]

    def add(self, row: EpochRow, *, averages: bool) -> None:
        """An epoch has ended. averages: whether its weights count in the average."""
        self._checkpoints.wait()  # the last epoch's: no more than one is in memory
        former, weights = self.standing, checkpoint.values(self.trained)
        better = row.objective > former.best
        self.standing = replace(
            former, rows=(*former.rows, row), done=0, best_epoch=row.epoch if better else former.best_epoch
        )
        if better:
            self.best = weights
            self._checkpoints.write(Checkpoint({"weights": weights}), _best_name(self.standing))
        if averages:
            count = former.averaged + 1
            before = self.average or weights
            self.average = [mean + (value - mean) / count for mean, value in zip(before, weights, strict=True)]
            self.standing = replace(self.standing, averaged=count)
        self.metrics = []
        self.keep(weights=weights)
        if better and former.best_epoch:
            self._checkpoints.remove(_best_name(former))

    def keep_within(self, done: int, metrics: list[np.ndarray]) -> None:
        """So many batches of an epoch are done, and have added up to that; returns when that is written."""
        self.standing = replace(self.standing, done=done)
        self.keep(metrics)
        self._checkpoints.wait()  # the process may be about to end

    def keep(self, metrics: Sequence[np.ndarray] = (), weights: Sequence[np.ndarray] | None = None) -> None:
        """Write it, soon. metrics: of an epoch that was begun. weights: copies of the model's, if there are any."""
        past, of_pieces = optimizer.divided(self.learner.optimizer)
        arrays = {
            "weights": weights or checkpoint.values(self.trained),
            "optimizer": checkpoint.values(past), "pieces": checkpoint.values(of_pieces),
            "seeds": checkpoint.values(self._seeds), "average": self.average, "metrics": metrics,
        }  # fmt: skip
        self._checkpoints.write(Checkpoint(arrays, asdict(self.standing)))

    def restore(self, parts: int = 0) -> bool:
        """Go back to what was kept last; False if there is none, or if it is damaged.

        parts: cut batches anew; an epoch that was begun then begins again.
        """
        kept = self._checkpoints.read()
        if kept is None or "pieces" not in kept.arrays or not checkpoint.fits(kept.arrays["weights"], self.trained):
            return False
        figures = {**kept.figures, "rows": tuple(EpochRow(**row) for row in kept.figures["rows"])}
        standing = Standing(**figures)
        best = self._checkpoints.read(_best_name(standing)) if standing.best_epoch else None
        if standing.best_epoch and best is None:
            return False  # the best weights are damaged: begin again rather than end without them
        recut = bool(parts) and parts != standing.parts
        self.best = list(best.arrays["weights"]) if best else []
        self.average = list(kept.arrays.get("average", []))
        self.metrics = [] if recut else list(kept.arrays.get("metrics", []))
        self.standing = replace(standing, parts=parts, done=0) if recut else standing
        if recut or self.standing.parts != 1:
            self.learner = self._make(self.standing.parts)
        checkpoint.assign(self.trained, kept.arrays["weights"])
        checkpoint.assign(self._given, self._frozen)
        checkpoint.assign(self._seeds, kept.arrays.get("seeds", []))
        self._restore_optimizer(kept, standing.parts)
        return True

    def _restore_optimizer(self, kept: Checkpoint, parts: int) -> None:
        """parts: into which batches were cut when it was kept."""
        made = self.learner.optimizer
        past, of_pieces = optimizer.divided(made)
        checkpoint.assign(past, kept.arrays["optimizer"])
        if parts == self.standing.parts:
            checkpoint.assign(of_pieces, kept.arrays["pieces"])
        else:  # a rate that began anew would unlearn what was learned
            optimizer.count(made, int(kept.arrays["pieces"][0]) // parts * self.standing.parts)


def _best_name(standing: Standing) -> str:
    return f"best-{standing.best_epoch}.npz"
