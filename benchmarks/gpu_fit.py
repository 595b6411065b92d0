"""Images a second of the final training: the whole network learns, with live augmentation."""

from __future__ import annotations

import functools
import statistics
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from benchmarks import gpu_task
from benchmarks.gpu_task import CLASSES
from tuning import augmentation, augmented, backbones, devices, fit, model
from tuning.array_epochs import ArrayEpochs
from tuning.backbones import Backbone
from tuning.features import Features
from tuning.model import Hyperparameters
from tuning.precision import Precision
from tuning.standing import FitSettings

_POINT = Hyperparameters(1, 0, 0.2, 1e-3, weight_decay=1e-4)  # how it learns; its depth is every stage
_STRENGTH = augmentation.STRENGTHS["light"]


@dataclass(frozen=True)
class Task:
    """images: for training; an eighth as many for validation, which is a part of every epoch."""

    side_px: int
    images: int
    epochs: int
    batch_size: int


def measured(name: str, precision: Precision, task: dict[str, Any]) -> dict[str, Any]:
    """images_s: of ours, bare_images_s: of Keras's own fit with the same network.

    Medians of all epochs but the first, in which everything is compiled; validation and ours' keeping its state are
    parts of an epoch. busy: the GPU's share of the time after the first epoch.
    """
    gpu_task.prepare(precision)
    return _measured(backbones.get(name), Task(**task))


def _measured(backbone: Backbone, task: Task) -> dict[str, Any]:
    training, validation = (gpu_task.pictures(count, task.side_px, 1) for count in (task.images, task.images // 8))
    figures: dict[str, Any] = asdict(task)
    for arm, act in (("bare_", _bare), ("", _ours)):
        whole = _whole(backbone, task)
        found = gpu_task.watched(functools.partial(act, whole, task, training, validation))
        ends = found.value
        epochs_s = [later - earlier for earlier, later in pairwise(ends)]
        figures |= {
            f"{arm}images_s": task.images / statistics.median(epochs_s[1:]), f"{arm}busy": found.busy(ends[1]),
            f"{arm}memory_mib": found.memory_mib, f"{arm}epochs_s": epochs_s, f"{arm}seconds": found.seconds,
        }  # fmt: skip
    return {**figures, "ratio_to_bare": figures["images_s"] / figures["bare_images_s"]}


def _whole(backbone: Backbone, task: Task) -> keras.Model:
    parts = model.split(gpu_task.network(backbone, task.side_px), backbone, len(backbone.stages))
    return model.classifier(parts, CLASSES, _POINT, seed=0).whole


def _ours(whole: keras.Model, task: Task, training: Any, validation: Any) -> list[float]:
    """When it began, and when each epoch ended."""
    (images, labels), (asked, truth) = training, validation
    steps = task.epochs * (task.images // task.batch_size)
    make = augmented.maker(whole, _POINT, _STRENGTH, steps, 0, devices.compiles())
    epochs = ArrayEpochs(images, labels, np.bincount(labels).tolist(), task.batch_size, 0, "none")
    ends = [time.perf_counter()]
    fit.fit(
        whole, make, epochs, Features([asked], truth), FitSettings(task.epochs, task.epochs, "balanced_accuracy"),
        on_epoch=lambda _row: ends.append(time.perf_counter()),
    )  # fmt: skip
    return ends


def _bare(whole: keras.Model, task: Task, training: Any, validation: Any) -> list[float]:
    """The same of this network in Keras's own fit with Keras's own AdamW."""
    pixels = keras.Input(whole.inputs[0].shape[1:])
    learner = keras.Model(pixels, whole(augmentation.layers(_STRENGTH, 0)(pixels)))
    learner.compile(keras.optimizers.AdamW(1e-4), "categorical_crossentropy", metrics=["accuracy"])
    (images, truth), asked = ((given, np.eye(CLASSES, dtype=np.float32)[of]) for given, of in (training, validation))
    ends = [time.perf_counter()]
    ended = keras.callbacks.LambdaCallback(on_epoch_end=lambda _epoch, _logs: ends.append(time.perf_counter()))
    learner.fit(
        images, truth, batch_size=task.batch_size, epochs=task.epochs, validation_data=asked, verbose=0,
        callbacks=[ended],
    )  # fmt: skip
    return ends
