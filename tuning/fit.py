"""The final training: the whole model, from pixels, with live augmentation; after a stop it goes on exactly there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np

from tuning import backend, checkpoint, cutting, interruption, optimizer
from tuning.async_checkpointer import AsyncCheckpointer
from tuning.checkpoint import Checkpoint
from tuning.features import Features
from tuning.files import Files, Folder
from tuning.standing import EpochRow, FitSettings, Standing
from tuning.watch import Validation, Watch

if TYPE_CHECKING:
    import tensorflow as tf

# A compiled model over (image) -> probabilities for so many pieces of a batch, its optimiser built; it shares every
# weight with the classifier.
MakeLearner = Callable[[int], keras.Model]


class Epochs(Protocol):
    """The batches of a training by epoch: epochs.Epochs, or array_epochs.ArrayEpochs where TensorFlow is not."""

    @property
    def batch_size(self) -> int:
        """Images of a whole batch."""

    def batches(self, epoch: int, done: int = 0, parts: int = 1) -> Any:
        """An epoch's batches after the first `done`, as Keras's fit takes them; each cut into `parts` smaller ones."""


def fit(
    model: keras.Model, learner: MakeLearner, training: Epochs, validation: tf.data.Dataset | Features,
    settings: FitSettings, files: Files | None = None, on_epoch: Callable[[EpochRow], None] = lambda _row: None,
    trainable: keras.Model | None = None,
) -> tuple[EpochRow, ...]:  # fmt: skip
    """Train model (Classifier.whole) in place; it is left with the weights of its best epoch, or with their average.

    learner: makes what is fitted, with augmentation in front and an optimiser. validation: dataset of (image uint8,
    label), neither batched nor shuffled; or the images as features; or the features of these images, which trainable
    (Classifier.trainable, its weights the model's) is asked about instead. files: where its state is kept; with those
    of a training that was cut short it goes on from there, and on one device ends with the same weights. on_epoch: also
    called for the epochs that are done already.
    Raises ValueError if the validation split is empty, FloatingPointError if the loss is no longer a number,
    MemoryError if even single images are too many, interruption.Interrupted after SIGTERM, its state kept.
    """
    with (
        tempfile.TemporaryDirectory() as scratch, interruption.noticed() as asked,
        AsyncCheckpointer(files or Folder(scratch)) as checkpoints,
    ):  # fmt: skip
        judge = Validation(trainable or model, validation, training.batch_size, settings.objective)
        run = _Run(model, learner, training, judge, settings, checkpoints, asked.is_set)
        for row in run.standing.rows:
            on_epoch(row)
        while not run.standing.ended(settings):
            on_epoch(run.epoch())
        run.finish()
    return run.standing.rows


class _Run:
    """A training between two of its epochs."""

    def __init__(
        self, model: keras.Model, learner: MakeLearner, training: Epochs, validation: Validation,
        settings: FitSettings, checkpoints: AsyncCheckpointer, asked: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.standing = Standing()
        self._model, self._make, self._training, self._settings = model, learner, training, settings
        self._checkpoints, self._asked = checkpoints, asked
        self._validation = validation
        self._best: list[np.ndarray] = []  # the best epoch's weights, once there is one
        self._average: list[np.ndarray] = []
        self._learner = learner(1)
        # JAX gives a step's arrays away: those that it was given are lost if it fails, the frozen ones among them.
        self._frozen = checkpoint.values(self._given)
        self._metrics: list[np.ndarray] = []
        if not self._restore():
            self._keep()

    def epoch(self) -> EpochRow:
        """Train one more epoch, or the rest of one; a batch that does not fit into memory is cut in two, and again."""
        while True:
            try:
                return self._epoch()
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                parts = cutting.finer(self._training.batch_size, self.standing.parts)
                if parts is None:
                    raise MemoryError(
                        "Memory does not suffice for a single image; lower search.image_side_px."
                    ) from error
                print(f"Out of memory: batches are cut into {parts} parts, their gradients are added up.", flush=True)
                if not self._restore(parts):
                    raise  # its state is gone or damaged: started again, it begins anew

    def finish(self) -> None:
        """Leave the model with the best epoch's weights, or with the average of the last if that is no worse."""
        if self._best:
            checkpoint.assign(self._kept, self._best)
        if self._average:
            before = checkpoint.values(self._kept)
            checkpoint.assign(self._kept, self._average)
            if self._validation.figures(self.standing.parts)["objective"] < self.standing.best:
                checkpoint.assign(self._kept, before)

    def _epoch(self) -> EpochRow:
        number, started = len(self.standing.rows), time.monotonic()
        loss, accuracy = self._trained(self._training.batches(number, self.standing.done, self.standing.parts))
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"The loss was no longer a number after epoch {number + 1}; lower search.learning_rate.max."
            )
        row = EpochRow(
            epoch=number + 1, train_loss=loss, train_accuracy=accuracy,
            **self._validation.figures(self.standing.parts), seconds=time.monotonic() - started,
        )  # fmt: skip
        self._after(row)
        return row

    def _trained(self, batches: Any) -> tuple[float, float]:
        """Loss and accuracy of an epoch of which these batches were left to do; perhaps none."""
        if len(batches) == 0:
            checkpoint.assign(self._learner.metrics_variables, self._metrics)
            figures = self._learner.get_metrics_result()
        else:
            watch = Watch(
                self._metrics, self.standing.done, self._settings.checkpoint_s, self._asked, self._keep_within
            )
            history = self._learner.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=[watch]).history
            figures = {name: values[0] for name, values in history.items()}
        return float(figures["loss"]), float(figures["accuracy"])

    def _after(self, row: EpochRow) -> None:
        self._checkpoints.wait()  # the last epoch's: no more than one is in memory
        former, weights = self.standing, checkpoint.values(self._kept)
        better = row.objective > former.best
        self.standing = replace(
            former, rows=(*former.rows, row), done=0, best_epoch=row.epoch if better else former.best_epoch
        )
        if better:
            self._best = weights
            self._checkpoints.write(Checkpoint({"weights": weights}), _best_name(self.standing))
        if self._settings.average_from < 1 and row.epoch > self._settings.average_from * self._settings.epochs:
            count = former.averaged + 1
            before = self._average or weights
            self._average = [mean + (value - mean) / count for mean, value in zip(before, weights, strict=True)]
            self.standing = replace(self.standing, averaged=count)
        self._metrics = []
        self._keep(weights=weights)
        if better and former.best_epoch:
            self._checkpoints.remove(_best_name(former))

    @property
    def _kept(self) -> list[Any]:
        """What training changes; frozen stages are the starting weights, which are known by their digest."""
        return list(self._model.trainable_variables)

    @property
    def _given(self) -> list[Any]:
        """What a step is given and does not change, where that may be lost."""
        return list(self._model.non_trainable_variables) if keras.backend.backend() == "jax" else []

    @property
    def _seeds(self) -> list[Any]:
        """Where the generators of dropout and augmentation stand."""
        weights = {id(variable) for variable in self._learner.weights}
        return [variable for variable in self._learner.variables if id(variable) not in weights]

    def _keep_within(self, done: int, metrics: list[np.ndarray]) -> None:
        self.standing = replace(self.standing, done=done)
        self._keep(metrics)
        self._checkpoints.wait()  # the process may be about to end

    def _keep(self, metrics: Sequence[np.ndarray] = (), weights: Sequence[np.ndarray] | None = None) -> None:
        past, of_pieces = optimizer.divided(self._learner.optimizer)
        arrays = {
            "weights": weights or checkpoint.values(self._kept),
            "optimizer": checkpoint.values(past), "pieces": checkpoint.values(of_pieces),
            "seeds": checkpoint.values(self._seeds), "average": self._average, "metrics": metrics,
        }  # fmt: skip
        self._checkpoints.write(Checkpoint(arrays, asdict(self.standing)))

    def _restore(self, parts: int = 0) -> bool:
        """Go back to what was kept last. parts: cut batches anew; an epoch that was begun then begins again."""
        kept = self._checkpoints.read()
        if kept is None or "pieces" not in kept.arrays or not checkpoint.fits(kept.arrays["weights"], self._kept):
            return False
        figures = {**kept.figures, "rows": tuple(EpochRow(**row) for row in kept.figures["rows"])}
        standing = Standing(**figures)
        best = self._checkpoints.read(_best_name(standing)) if standing.best_epoch else None
        if standing.best_epoch and best is None:
            return False  # the best weights are damaged: begin again rather than end without them
        self._best = list(best.arrays["weights"]) if best else []
        recut = bool(parts) and parts != standing.parts
        self.standing = replace(standing, parts=parts, done=0) if recut else standing
        if recut or self.standing.parts != 1:
            self._learner = self._make(self.standing.parts)
        checkpoint.assign(self._kept, kept.arrays["weights"])
        checkpoint.assign(self._given, self._frozen)
        checkpoint.assign(self._seeds, kept.arrays.get("seeds", []))
        past, of_pieces = optimizer.divided(self._learner.optimizer)
        checkpoint.assign(past, kept.arrays["optimizer"])
        if recut:  # a rate that began anew would unlearn what was learned
            steps = int(kept.arrays["pieces"][0]) // standing.parts
            optimizer.count(self._learner.optimizer, steps * parts)
        else:
            checkpoint.assign(of_pieces, kept.arrays["pieces"])
        self._average = list(kept.arrays.get("average", []))
        self._metrics = [] if recut else list(kept.arrays.get("metrics", []))
        if self._metrics:  # Keras makes the metrics' variables at the first batch; these must be there before it
            self._learner.test_on_batch(*next(iter(self._training.batches(0, parts=self.standing.parts))))
        return True


def _best_name(standing: Standing) -> str:
    return f"best-{standing.best_epoch}.npz"
