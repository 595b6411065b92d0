"""The training itself: network, starting weights, images, state and curves. Imports TensorFlow."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from components import datasets, runs, storage
from components.artifacts import Epoch, TrainedModel
from components.spent import Spent
from components.train import network, validation
from components.train.network import Network
from components.train.task import Task
from tuning import augmentation, augmented, batches, devices, export, fit, precision
from tuning.augmentation import Strength
from tuning.epochs import Epochs
from tuning.standing import EpochRow, FitSettings
from tuning.tensorboard import Curves


def train(task: Task, record: runs.Recorder) -> TrainedModel:
    """Fit, export and describe the model; a training that was cut short goes on from its state."""
    with Spent(task.state) as spent:
        return _train(task, record, spent)


def _train(task: Task, record: runs.Recorder, spent: Spent) -> TrainedModel:
    keras.config.set_dtype_policy(precision.policy(task.settings.precision))  # this process trains and nothing else
    place = devices.strategy()
    with place.scope():
        made = network.build(task, record)
    rows = _fit(task, made, place.scope, record, spent)
    # A place of its own: a slower run of the same key must not write into what is published.
    uri = storage.join(task.place, "models", uuid.uuid4().hex[:8])
    with tempfile.TemporaryDirectory() as folder:
        whole = network.in_float32(task, made.classifier.whole)
        export.save(whole, folder, task.snapshot.labels, task.snapshot.stored_side_px)
        storage.copy_folder(folder, uri)
    return TrainedModel(
        model_id=task.place.rsplit("/", 1)[-1], uri=uri, snapshot_id=task.snapshot.snapshot_id,
        labels=task.snapshot.labels, backbone=task.chosen.backbone, weights=task.chosen.weights,
        image_side_px=task.point.image_side_px, hyperparameters=task.chosen.best.hyperparameters,
        frozen=made.frozen, history=tuple(map(_epoch, rows)), seconds=spent.seconds, cpu_s=spent.cpu_s,
    )  # fmt: skip


def strength(named: str, selected: str) -> Strength:
    """How much images are changed. named: the configuration's; "auto" takes the selected trial's."""
    return augmentation.STRENGTHS[selected if named == "auto" else named]


def _fit(
    task: Task, made: Network, scope: Callable[[], Any], record: runs.Recorder, spent: Spent
) -> tuple[EpochRow, ...]:
    settings, point, snapshot = task.settings, task.point, task.snapshot
    features = validation.features(task, made, record)
    asked = _pairs(task, "validation") if features is None else features
    counts = [snapshot.counts["train"].get(label, 0) for label in snapshot.labels]
    epochs = Epochs(
        _pairs(task, "train"), counts, settings.batch_size, task.seed, point.balancing, point.mixup, task.passes
    )
    steps = settings.epochs * task.passes * max(1, batches.steps(sum(counts), settings.batch_size))
    change = strength(settings.augmentation, point.augmentation)
    make = augmented.maker(made.classifier.whole, point, change, steps, task.seed, devices.compiles())

    def placed(parts: int) -> keras.Model:
        with scope():
            return make(parts)

    with tempfile.TemporaryDirectory() as folder:
        curves, kept, scores = Curves(folder), storage.join(task.place, "tensorboard"), list[float]()

        def on_epoch(row: EpochRow) -> None:
            curves.add(row)
            storage.copy_folder(folder, kept)
            spent.keep()
            scores.append(row.objective)
            record.progress(
                done=row.epoch, total=settings.epochs, unit="epochs", loss=row.train_loss, best=max(scores),
                left_s=row.seconds * (settings.epochs - row.epoch),
            )  # fmt: skip

        return fit.fit(
            made.classifier.whole, placed, epochs, asked,
            FitSettings(
                settings.epochs, settings.patience, task.chosen.objective, settings.average_from, settings.checkpoint_s
            ),
            task.state, on_epoch,
            None if features is None else made.classifier.trainable,
        )  # fmt: skip


def _pairs(task: Task, split: str) -> tf.data.Dataset:
    """(image uint8, label) of a split, neither batched nor shuffled."""
    read = datasets.load_split(task.snapshot, split, task.point.image_side_px)
    return read.map(lambda item: (item["image"], item["label"]))


def _epoch(row: EpochRow) -> Epoch:
    return Epoch(
        epoch=row.epoch, train_loss=row.train_loss, train_accuracy=row.train_accuracy,
        validation_loss=row.validation_loss, validation_balanced_accuracy=row.validation_balanced_accuracy,
        seconds=row.seconds,
    )  # fmt: skip
