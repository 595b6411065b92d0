"""The training itself: network, starting weights, images, state and curves. Imports TensorFlow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras

from components import datasets, runs, storage
from components.artifacts import Epoch, RegisteredModel, SearchResult, Snapshot, TrainedModel
from components.config import TrainConfig
from components.stored_files import StoredFiles
from tuning import augmentation, augmented, backbones, devices, export, fit, model, precision, warm_start
from tuning import weights as weights_files
from tuning.augmentation import Strength
from tuning.epochs import Epochs
from tuning.model import Hyperparameters
from tuning.standing import EpochRow, FitSettings
from tuning.tensorboard import Curves
from tuning.weights import WeightsSource


@dataclass(frozen=True)
class Task:
    """Everything that decides what is trained, and where it goes."""

    snapshot: Snapshot
    chosen: SearchResult
    settings: TrainConfig
    weights: WeightsSource
    former: RegisteredModel | None  # the champion from whose weights it goes on
    seed: int
    place: str  # folder under the data root: model/, state/ while it runs, tensorboard/

    @property
    def point(self) -> Hyperparameters:
        """The selected hyperparameters, the side filled in."""
        point = Hyperparameters(**self.chosen.best.hyperparameters.model_dump())
        return replace(point, image_side_px=point.image_side_px or self.chosen.image_side_px)


def train(task: Task, record: runs.Recorder) -> TrainedModel:
    """Fit, export and describe the model; a training that was cut short goes on from its state."""
    started = time.monotonic()
    keras.config.set_dtype_policy(precision.policy(task.settings.precision))  # this process trains and nothing else
    place = devices.strategy()
    with place.scope():
        whole = _classifier(task, record)
    rows = _fit(task, whole, place.scope, record)
    uri = storage.join(task.place, "model")
    with tempfile.TemporaryDirectory() as folder:
        export.save(_in_float32(task, whole), folder, task.snapshot.labels, task.snapshot.stored_side_px)
        storage.remove_folder(uri)  # what a killed run may have left there
        storage.copy_folder(folder, uri)
    return TrainedModel(
        model_id=task.place.rsplit("/", 1)[-1], uri=uri, snapshot_id=task.snapshot.snapshot_id,
        labels=task.snapshot.labels, backbone=task.chosen.backbone, weights=task.chosen.weights,
        image_side_px=task.point.image_side_px, hyperparameters=task.chosen.best.hyperparameters,
        history=tuple(map(_epoch, rows)), seconds=time.monotonic() - started,
    )  # fmt: skip


def strength(named: str, selected: str) -> Strength:
    """How much images are changed. named: the configuration's; "auto" takes the selected trial's, or light for none."""
    name = named if named != "auto" else selected if selected != "none" else "light"
    return augmentation.STRENGTHS[name]


def _classifier(task: Task, record: runs.Recorder) -> keras.Model:
    backbone, point = backbones.get(task.chosen.backbone), task.point
    network = weights_files.load(backbone, task.weights, point.image_side_px, task.seed)
    former = None
    if task.former is not None:
        before = Hyperparameters(**task.former.hyperparameters.model_dump())
        with storage.local_folder(task.former.uri) as folder:
            former = export.load_keras(folder)
        warm_start.take_backbone(network, backbone, former, before, task.seed)
    labels = task.snapshot.labels
    whole = model.classifier(model.split(network, backbone, point.unfrozen_stages), len(labels), point, task.seed).whole
    if former is not None and task.former is not None:
        fresh = warm_start.take_head(whole, labels, former, task.former.labels)
        record.facts(goes_on_from=task.former.model_id, brands_that_begin_anew=fresh)
    return whole


def _fit(task: Task, whole: keras.Model, scope: Callable[[], Any], record: runs.Recorder) -> tuple[EpochRow, ...]:
    settings, point, snapshot = task.settings, task.point, task.snapshot
    training, validation = (
        datasets.load_split(snapshot, split, point.image_side_px).map(lambda item: (item["image"], item["label"]))
        for split in ("train", "validation")
    )
    counts = [snapshot.counts["train"].get(label, 0) for label in snapshot.labels]
    epochs = Epochs(training, counts, settings.batch_size, task.seed, point.balancing, point.mixup)
    steps = settings.epochs * max(1, -(-sum(counts) // settings.batch_size))
    change = strength(settings.augmentation, point.augmentation)
    make = augmented.maker(whole, point, change, steps, task.seed, devices.compiles())

    def placed(parts: int) -> keras.Model:
        with scope():
            return make(parts)

    with tempfile.TemporaryDirectory() as folder:
        curves, kept = Curves(folder), storage.join(task.place, "tensorboard")

        def on_epoch(row: EpochRow) -> None:
            curves.add(row)
            storage.copy_folder(folder, kept)
            record.progress(
                done=row.epoch, total=settings.epochs, unit="epochs", loss=row.train_loss, best=row.objective,
                left_s=row.seconds * (settings.epochs - row.epoch),
            )  # fmt: skip

        return fit.fit(
            whole, placed, epochs, validation,
            FitSettings(
                settings.epochs, settings.patience, task.chosen.objective, settings.average_from, settings.checkpoint_s
            ),
            StoredFiles(storage.join(task.place, "state")), on_epoch,
        )  # fmt: skip


def _in_float32(task: Task, whole: keras.Model) -> keras.Model:
    """The same weights in a model that computes in float32: it is served where there may be no GPU."""
    if keras.config.dtype_policy().name == "float32":
        return whole
    keras.config.set_dtype_policy("float32")
    backbone, point = backbones.get(task.chosen.backbone), task.point
    network = weights_files.build(backbone, point.image_side_px)
    parts = model.split(network, backbone, point.unfrozen_stages)
    twin = model.classifier(parts, len(task.snapshot.labels), point, task.seed).whole
    twin.set_weights(whole.get_weights())
    return twin


def _epoch(row: EpochRow) -> Epoch:
    return Epoch(
        epoch=row.epoch, train_loss=row.train_loss, train_accuracy=row.train_accuracy,
        validation_loss=row.validation_loss, validation_balanced_accuracy=row.validation_balanced_accuracy,
        seconds=row.seconds,
    )  # fmt: skip
