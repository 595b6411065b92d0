"""The final training: the whole model, from pixels, with live augmentation; after a stop it goes on exactly there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np

from tuning import backend, checkpoint, cutting, interruption
from tuning.async_checkpointer import AsyncCheckpointer
from tuning.features import Features
from tuning.files import Files, Folder
from tuning.fit_state import FitState, MakeLearner
from tuning.standing import EpochRow, FitSettings
from tuning.watch import Validation, Watch

if TYPE_CHECKING:
    import tensorflow as tf


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
        state = FitState(model, learner, checkpoints)
        run = _Run(state, training, judge, settings, asked.is_set)
        for row in state.standing.rows:
            on_epoch(row)
        while not state.standing.ended(settings):
            on_epoch(run.epoch())
        run.finish()
    return state.standing.rows


class _Run:
    """A training between two of its epochs."""

    def __init__(
        self, state: FitState, training: Epochs, validation: Validation, settings: FitSettings,
        asked: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._state, self._training, self._validation, self._settings = state, training, validation, settings
        self._asked = asked
        if not self._restore():
            state.keep()

    def epoch(self) -> EpochRow:
        """Train one more epoch, or the rest of one; a batch that does not fit into memory is cut in two, and again."""
        while True:
            try:
                return self._epoch()
            except Exception as error:
                if not backend.is_out_of_memory(error):
                    raise
                parts = cutting.finer(self._training.batch_size, self._state.standing.parts)
                if parts is None:
                    raise MemoryError(
                        "Memory does not suffice for a single image; lower search.image_side_px."
                    ) from error
                print(f"Out of memory: batches are cut into {parts} parts, their gradients are added up.", flush=True)
                if not self._restore(parts):
                    raise  # its state is gone or damaged: started again, it begins anew

    def finish(self) -> None:
        """Leave the model with the best epoch's weights, or with the average of the last if that is no worse."""
        state = self._state
        if state.best:
            checkpoint.assign(state.trained, state.best)
        if state.average:
            before = checkpoint.values(state.trained)
            checkpoint.assign(state.trained, state.average)
            if self._validation.figures(state.standing.parts)["objective"] < state.standing.best:
                checkpoint.assign(state.trained, before)

    def _restore(self, parts: int = 0) -> bool:
        state = self._state
        if not state.restore(parts):
            return False
        if state.metrics:  # Keras makes the metrics' variables at the first batch; these must be there before it
            state.learner.test_on_batch(*next(iter(self._training.batches(0, parts=state.standing.parts))))
        return True

    def _epoch(self) -> EpochRow:
        standing, started = self._state.standing, time.monotonic()
        number = len(standing.rows)
        loss, accuracy = self._trained(self._training.batches(number, standing.done, standing.parts))
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"The loss was no longer a number after epoch {number + 1}; lower search.learning_rate.max."
            )
        row = EpochRow(
            epoch=number + 1, train_loss=loss, train_accuracy=accuracy,
            **self._validation.figures(standing.parts), seconds=time.monotonic() - started,
        )  # fmt: skip
        self._state.add(row, averages=row.epoch > self._settings.average_from * self._settings.epochs)
        return row

    def _trained(self, batches: Any) -> tuple[float, float]:
        """Loss and accuracy of an epoch of which these batches were left to do; perhaps none."""
        state, settings = self._state, self._settings
        if len(batches) == 0:
            checkpoint.assign(state.learner.metrics_variables, state.metrics)
            figures = state.learner.get_metrics_result()
        else:
            watch = Watch(state.metrics, state.standing.done, settings.checkpoint_s, self._asked, state.keep_within)
            history = state.learner.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=[watch]).history
            figures = {name: values[0] for name, values in history.items()}
        return float(figures["loss"]), float(figures["accuracy"])
