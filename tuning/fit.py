"""The final training: the whole model, from pixels, with live augmentation."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import log_loss

from tuning import objective
from tuning.trial import learner

_SHUFFLE_BYTES = 1 << 28  # of uint8 pixels; what the shuffle buffer may hold
_OBJECTIVE = "validation_objective"


@dataclass(frozen=True)
class FitSettings:
    """How the final model is trained. zoom, shift: share of the side; contrast: share of the deviation; 0 is off."""

    epochs: int
    patience: int  # epochs without a better objective before it stops
    batch_size: int
    learning_rate: float
    objective: str
    seed: int
    flip: bool = True
    zoom: float = 0.0
    shift: float = 0.0
    contrast: float = 0.0


@dataclass(frozen=True)
class EpochRow:
    """One epoch; the validation figures are of the model without augmentation."""

    epoch: int  # from 1
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_balanced_accuracy: float
    objective: float
    seconds: float


def fit(
    model: keras.Model, training: tf.data.Dataset, validation: tf.data.Dataset, train_counts: Sequence[int],
    settings: FitSettings, on_epoch: Callable[[EpochRow], None] = lambda _row: None,
) -> tuple[EpochRow, ...]:  # fmt: skip
    """Train model (Classifier.whole) in place; it is left with the weights of its best epoch.

    training, validation: datasets of (image uint8, label), neither batched nor shuffled. train_counts: training images
    by class, which decide the class weights.
    Raises ValueError if the validation split is empty, FloatingPointError if the loss is no longer a number.
    """
    pixels = keras.Input(model.inputs[0].shape[1:], name="image")
    augmented = learner(pixels, model(augmentation(settings)(pixels)), settings.learning_rate)
    rows = _EpochRows(model, validation, settings, on_epoch)
    best = keras.callbacks.EarlyStopping(
        _OBJECTIVE, patience=settings.patience, mode=objective.DIRECTION, restore_best_weights=True
    )
    augmented.fit(
        _batches(training, settings.batch_size, settings.seed), epochs=settings.epochs, verbose=0,
        shuffle=False,  # the dataset does
        class_weight=objective.class_weights(train_counts),
        callbacks=[rows, best],  # rows first: it makes the objective
    )  # fmt: skip
    return tuple(rows.rows)


def augmentation(settings: FitSettings) -> keras.Sequential:
    """Random changes that keep the brand: pixels in [0, 255] in and out, in training only. Seeded by settings."""
    layers, seed = [keras.layers.Identity()], settings.seed
    if settings.flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if settings.shift:
        layers.append(keras.layers.RandomTranslation(settings.shift, settings.shift, "reflect", seed=seed + 1))
    if settings.zoom:
        layers.append(keras.layers.RandomZoom(settings.zoom, fill_mode="reflect", seed=seed + 2))
    if settings.contrast:
        layers.append(keras.layers.RandomContrast(settings.contrast, value_range=(0, 255), seed=seed + 3))
    return keras.Sequential(layers, name="augmentation")


def _batches(dataset: tf.data.Dataset, batch_size: int, seed: int) -> tf.data.Dataset:
    image = dataset.element_spec[0].shape.num_elements()
    buffer = max(_SHUFFLE_BYTES // image, 8 * batch_size)
    return dataset.shuffle(buffer, seed=seed, reshuffle_each_iteration=True).batch(batch_size).prefetch(2)


class _EpochRows(keras.callbacks.Callback):
    def __init__(
        self, classifier: keras.Model, validation: tf.data.Dataset, settings: FitSettings,
        on_epoch: Callable[[EpochRow], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self.rows: list[EpochRow] = []
        self._classifier, self._settings, self._on_epoch = classifier, settings, on_epoch
        self._validation = validation.batch(settings.batch_size).prefetch(2)
        self._predict = tf.function(lambda images: classifier(images, training=False), reduce_retracing=True)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras passes both
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: MutableMapping[str, float] | None = None) -> None:
        logs = {} if logs is None else logs
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The loss was no longer a number after epoch {epoch + 1}; lower search.learning_rate.max."
            )
        probabilities, labels = self._answers()
        classes = range(probabilities.shape[-1])
        exact = probabilities.astype(np.float64)  # float32 sums to 1 too coarsely for scikit-learn
        row = EpochRow(
            epoch=epoch + 1,
            train_loss=float(logs["loss"]),
            train_accuracy=float(logs["accuracy"]),
            validation_loss=float(log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=classes)),
            validation_balanced_accuracy=objective.score("balanced_accuracy", probabilities, labels),
            objective=objective.score(self._settings.objective, probabilities, labels),
            seconds=time.monotonic() - self._started,
        )
        logs[_OBJECTIVE] = row.objective
        self.rows.append(row)
        self._on_epoch(row)

    def _answers(self) -> tuple[np.ndarray, np.ndarray]:
        pairs = [(self._predict(tf.cast(images, tf.float32)).numpy(), y.numpy()) for images, y in self._validation]
        if not pairs:
            raise ValueError("The validation split is empty: there is nothing to choose the best epoch by.")
        return np.concatenate([p for p, _ in pairs]), np.concatenate([y for _, y in pairs])
