"""Looks at a training while it runs: keeps its state within an epoch, and asks it about the validation split."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from sklearn.metrics import log_loss

from tuning import backend, checkpoint, objective
from tuning.features import Features
from tuning.interruption import Interrupted

if TYPE_CHECKING:
    import tensorflow as tf


class Watch(keras.callbacks.Callback):
    """Keeps the state within an epoch: now and then, and when the process is asked to end."""

    def __init__(
        self, metrics: Sequence[np.ndarray], done: int, period_s: float, asked: Callable[[], bool],
        keep: Callable[[int, list[np.ndarray]], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._metrics, self._done, self._period_s, self._asked, self._keep = metrics, done, period_s, asked, keep
        self._kept_at = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras passes both
        """Give the sums of the batches that were done before back to the metrics, which Keras has just reset."""
        if self._metrics:
            checkpoint.assign(self.model.metrics_variables, self._metrics)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Keep the state if it is time to. Raises Interrupted if the process was asked to end."""
        self._done += 1
        if self._asked() or time.monotonic() - self._kept_at > self._period_s:
            self._keep(self._done, checkpoint.values(self.model.metrics_variables))
            self._kept_at = time.monotonic()
        if self._asked():
            raise Interrupted("asked to end; the training is kept and goes on from here")


class Validation:
    """Asks a model about the validation split."""

    def __init__(
        self, model: keras.Model, asked: tf.data.Dataset | Features, batch_size: int, objective_name: str
    ) -> None:
        """model: Classifier.whole about images, or Classifier.trainable about the stored features of their cut.

        asked: dataset of (image uint8, label), neither batched nor shuffled; or features, of which view 0 is read:
        activations at the cut, or the images themselves for a whole model.
        """
        self._batches = asked if isinstance(asked, Features) else asked.batch(batch_size).prefetch(2)
        self._batch_size, self._objective = batch_size, objective_name
        self._predict = backend.answering(model)

    def figures(self) -> dict[str, float]:
        """validation_loss, validation_balanced_accuracy and the objective.

        Raises ValueError if the split is empty, FloatingPointError if answers are no numbers.
        """
        ops = keras.ops
        pairs = [
            (ops.convert_to_numpy(self._predict(ops.cast(start, "float32"))), labels) for start, labels in self._pairs()
        ]
        if not pairs:
            raise ValueError("The validation split is empty: there is nothing to choose the best epoch by.")
        probabilities, labels = np.concatenate([p for p, _ in pairs]), np.concatenate([y for _, y in pairs])
        if not np.isfinite(probabilities).all():
            raise FloatingPointError("The model's answers are no longer numbers; lower search.learning_rate.max.")
        classes = range(probabilities.shape[-1])
        exact = probabilities.astype(np.float64)  # float32 sums to 1 too coarsely for scikit-learn
        return {
            "validation_loss": float(log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=classes)),
            "validation_balanced_accuracy": objective.score("balanced_accuracy", probabilities, labels),
            "objective": objective.score(self._objective, probabilities, labels),
        }

    def _pairs(self) -> Iterator[tuple[Any, np.ndarray]]:
        """Batches of what the model is asked, with their labels."""
        if isinstance(self._batches, Features):
            rows, labels, size = self._batches.activations[0], self._batches.labels, self._batch_size
            yield from ((rows[at : at + size], labels[at : at + size]) for at in range(0, len(labels), size))
        else:
            yield from ((images, labels.numpy()) for images, labels in self._batches)
