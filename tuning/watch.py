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
    """Keeps the state within an epoch: now and then, and when the process is asked to end.

    It looks before batches, not after them: for a callback that follows a batch Keras fetches the batch's figures, and
    a GPU would wait for the host at every step.
    """

    def __init__(
        self, metrics: Sequence[np.ndarray], done: int, period_s: float, asked: Callable[[], bool],
        keep: Callable[[int, list[np.ndarray]], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._metrics, self._before, self._period_s, self._asked, self._keep = metrics, done, period_s, asked, keep
        self._begun, self._kept_at = 0, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras passes both
        """Give the sums of the batches that were done before back to the metrics, which Keras has just reset."""
        if self._metrics:
            checkpoint.assign(self.model.metrics_variables, self._metrics)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Look whether to keep the state. Raises Interrupted if the process was asked to end."""
        self._look(self._before + batch)
        self._begun = batch + 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """The same after the last batch: validation may take longer than a node waits."""
        self._look(self._before + self._begun)

    def _look(self, done: int) -> None:
        asked = self._asked()
        if asked or time.monotonic() - self._kept_at > self._period_s:
            # Keras makes some of the metrics' variables at the first batch: before it their sums are those given.
            sums = checkpoint.values(self.model.metrics_variables) if done > self._before else list(self._metrics)
            self._keep(done, sums)
            self._kept_at = time.monotonic()
        if asked:
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
        self._split, self._batch_size, self._objective = asked, batch_size, objective_name
        self._predict = backend.answering(model)

    def figures(self, parts: int = 1) -> dict[str, float]:
        """validation_loss, validation_balanced_accuracy and the objective. parts: into which batches are cut.

        Raises ValueError if the split is empty, FloatingPointError if answers are no numbers.
        """
        asked = [(self._predict(rows), labels) for rows, labels in self._pairs(parts)]
        # Fetched when all are asked: a GPU answers one batch while the next is on its way.
        pairs = [(keras.ops.convert_to_numpy(answers), labels) for answers, labels in asked]
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

    def _pairs(self, parts: int) -> Iterator[tuple[Any, np.ndarray]]:
        """Batches of what the model is asked, with their labels."""
        size = -(-self._batch_size // parts)
        if isinstance(self._split, Features):
            rows, labels = self._split.activations[0], self._split.labels
            yield from ((rows[at : at + size], labels[at : at + size]) for at in range(0, len(labels), size))
        else:
            yield from ((images, labels.numpy()) for images, labels in self._split.batch(size).prefetch(2))
