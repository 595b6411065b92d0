"""What the winners of a race are worth on photographs that neither search has seen.

A search's best score is that of the luckiest of its trials on a few validation images. So each winner is trained again,
with other seeds, as who searched so would train it: plain Keras from pixels, ours by our own final training with the
configuration's defaults. Both may take as many epochs, end when validation gets no better, and keep their best one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf

from benchmarks import race_ours, search_plain, search_task
from benchmarks.search_task import BATCH_SIZE, CLASSES, OBJECTIVE, Task
from components.config import TrainConfig
from components.train import training
from tuning import augmented, backbones, batches, devices, fit, model, objective, trained_heads, warm_start
from tuning.epochs import Epochs
from tuning.features import Features
from tuning.model import Hyperparameters
from tuning.standing import FitSettings
from tuning.trained_heads import TrainedHeads

SEEDS = (1, 2, 3)
_HOW = TrainConfig()
EPOCHS = _HOW.epochs


def of_plain(
    task: dict[str, Any], backbone: str, point: dict[str, Any], seeds: Sequence[int], epochs: int
) -> dict[str, Any]:  # fmt: skip
    """{"scores": of each seed on the unseen images}. epochs: at most."""
    asked, chosen = Task(**task), Hyperparameters(**point)
    return _scores(asked, [_plain(asked, backbone, chosen, seed, epochs) for seed in seeds])


def of_ours(
    task: dict[str, Any], backbone: str, point: dict[str, Any], seeds: Sequence[int], epochs: int, place: str
) -> dict[str, Any]:  # fmt: skip
    """{"scores": of each seed on the unseen images}. epochs: at most. place: see race_ours.reach."""
    asked, chosen = Task(**task), Hyperparameters(**point)
    return _scores(asked, [_ours(asked, backbone, chosen, place, seed, epochs) for seed in seeds])


def _scores(task: Task, trained: Sequence[keras.Model]) -> dict[str, Any]:
    images, labels = search_task.unseen(task)
    answers = (whole.predict(images, batch_size=BATCH_SIZE, verbose=0) for whole in trained)
    return {"scores": [objective.score(OBJECTIVE, probabilities, labels) for probabilities in answers]}


def _plain(task: Task, name: str, point: Hyperparameters, seed: int, epochs: int) -> keras.Model:
    given = search_task.pictures(task)
    steps = epochs * batches.steps(len(given.training[0]), BATCH_SIZE)
    hypermodel = search_plain.WholeNetwork(backbones.get(name), [point], steps, seed)
    whole = hypermodel.build(keras_tuner.HyperParameters())
    best = keras.callbacks.EarlyStopping(
        f"val_{OBJECTIVE}", mode=objective.DIRECTION, patience=_HOW.patience, restore_best_weights=True
    )
    whole.fit(**search_plain.fitting(given, epochs), callbacks=[best])
    return whole


def _ours(task: Task, name: str, point: Hyperparameters, place: str, seed: int, epochs: int) -> keras.Model:
    given, backbone = search_task.pictures(task), backbones.get(name)
    (images, labels), (asked, truth) = given.training, given.validation
    parts = model.split(search_task.network(backbone), backbone, point.unfrozen_stages)
    whole = model.classifier(parts, CLASSES, point, seed).whole
    settings = replace(task.settings(seed), epochs=epochs)
    head = TrainedHeads(race_ours.state_of(place, name)).file(point)
    if head is not None and point.unfrozen_stages and settings.begins_trained(len(labels)):
        warm_start.give_head(whole, trained_heads.decode(head, point))
    counts = np.bincount(labels, minlength=CLASSES).tolist()
    passes = settings.passes(point.unfrozen_stages, len(labels))
    read = tf.data.Dataset.from_tensor_slices((images, labels))
    learned = Epochs(read, counts, BATCH_SIZE, seed, point.balancing, point.mixup, passes)
    steps = passes * settings.steps(len(labels))
    change = training.strength(_HOW.augmentation, point.augmentation)
    make = augmented.maker(whole, point, change, steps, seed, devices.compiles())
    fit.fit(whole, make, learned, Features([asked], truth), FitSettings(epochs, _HOW.patience, OBJECTIVE))
    return whole
