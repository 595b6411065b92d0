"""One trial: a fresh head, and the unfrozen stages from their starting weights, trained on stored features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tuning import objective
from tuning.features import Batches, Features
from tuning.model import Classifier
from tuning.optimizer import HeadFirstAdam


class TrialFailed(Exception):  # noqa: N818 - a verdict on one trial, after which the search goes on
    """These hyperparameters cannot be trained; others may."""


@dataclass(frozen=True)
class TrialSettings:
    """How every trial of a search is trained."""

    epochs: int
    batch_size: int
    objective: str
    seed: int


def learner(inputs: Any, outputs: Any, learning_rate: float) -> keras.Model:
    """A compiled model over given tensors. The models that are saved stay uncompiled: their files need no optimiser."""
    model = keras.Model(inputs, outputs)
    # Without XLA: compiling it took seconds per trial and its epochs on a CPU were slower in every backbone.
    model.compile(
        HeadFirstAdam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    return model


def train(
    classifier: Classifier, learning_rate: float, training: Features, validation: Features, settings: TrialSettings,
    on_epoch: Callable[[int, float], None] = lambda _epoch, _score: None,
) -> tuple[float, ...]:  # fmt: skip
    """Train on stored features; the objective on the validation features after each epoch.

    Raises TrialFailed if the loss is no longer a number or memory does not suffice.
    """
    model = learner(classifier.trainable.inputs, classifier.trainable.outputs, learning_rate)
    scoring = _ScoreEpochs(validation, settings, on_epoch)
    weights = objective.class_weights(training.counts(model.outputs[0].shape[-1]))
    try:
        model.fit(
            Batches(training, settings.batch_size, settings.seed), epochs=settings.epochs, verbose=0, shuffle=False,
            class_weight=weights, callbacks=[scoring],
        )  # fmt: skip
    except Exception as error:
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        raise TrialFailed("out of memory; lower search.batch_size or search.image_side_px") from error
    return tuple(scoring.curve)


class _ScoreEpochs(keras.callbacks.Callback):
    def __init__(self, validation: Features, settings: TrialSettings, on_epoch: Callable[[int, float], None]) -> None:
        super().__init__()
        self.curve: list[float] = []
        self._labels, self._on_epoch, self._objective = validation.labels, on_epoch, settings.objective
        self._batches = Batches(validation, settings.batch_size)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if not math.isfinite((logs or {})["loss"]):
            raise TrialFailed(f"the loss was no longer a number after epoch {epoch + 1}")
        probabilities = self.model.predict(self._batches, verbose=0)
        if not np.isfinite(probabilities).all():
            raise TrialFailed(f"probabilities were no longer numbers after epoch {epoch + 1}")
        self.curve.append(objective.score(self._objective, probabilities, self._labels))
        self._on_epoch(epoch + 1, self.curve[-1])
