"""Fit the selected backbone on the whole training split, with live augmentation, and export it."""

from __future__ import annotations

import tempfile
import time
from typing import Any

from components import config, published, runs, starting_weights, storage
from components.artifacts import Epoch, SearchResult, Selection, Snapshot, TrainedModel
from components.config import TrainConfig
from components.errors import InputError
from tuning import backbones
from tuning.weights import WeightsSource


def run(
    snapshot_path: str, selection_path: str, data_root: str, train: dict[str, Any], seed: int, model_path: str
) -> None:
    """Write the trained model's pointer to model_path; a model that was trained before is found.

    Raises UnavailableError if the weights that the search started from are not here, InputError if the loss stops being
    a number.
    """
    with runs.step("train", data_root) as record:
        snapshot, chosen = Snapshot.read(snapshot_path), Selection.read(selection_path).best
        settings = config.parse(TrainConfig, train, "train")
        model_id = _key(snapshot, chosen, settings, seed)
        place = storage.join(storage.absolute(data_root), "train", model_id)
        uri = storage.join(place, "model.json")
        trained = published.find(TrainedModel, uri)
        record.reused = trained is not None
        if trained is None:
            with starting_weights.find(chosen.backbone, chosen.weights.spec) as weights:
                starting_weights.check_same(weights, chosen.weights)
                trained = _train(record, snapshot, chosen, settings, weights, int(seed), place)
            published.publish(trained, uri)
        trained.write(model_path)
        record.facts(model_id=trained.model_id, model_uri=trained.uri, epochs=len(trained.history))


def _key(snapshot: Snapshot, chosen: SearchResult, settings: TrainConfig, seed: int) -> str:
    return published.key(
        step="train", snapshot=snapshot.snapshot_id, backbone=chosen.backbone, weights=chosen.weights.digest,
        side_px=chosen.image_side_px, objective=chosen.objective, train=settings.model_dump(mode="json"),
        hyperparameters=chosen.best.hyperparameters.model_dump(mode="json"), seed=int(seed),
    )  # fmt: skip


def _train(
    record: runs.Recorder, snapshot: Snapshot, chosen: SearchResult, settings: TrainConfig, weights: WeightsSource,
    seed: int, place: str,
) -> TrainedModel:  # fmt: skip
    # Here, so that a model that was trained before costs no import of TensorFlow.
    from components import datasets
    from tuning import export, fit, model
    from tuning import weights as weights_files

    started = time.monotonic()
    backbone, point = backbones.get(chosen.backbone), model.Hyperparameters(**chosen.best.hyperparameters.model_dump())
    network = weights_files.load(backbone, weights, chosen.image_side_px, seed)
    parts = model.split(network, backbone, point.unfrozen_stages)
    whole = model.classifier(parts, len(snapshot.labels), point, seed).whole
    training, validation = (
        datasets.load_split(snapshot, split, chosen.image_side_px).map(lambda item: (item["image"], item["label"]))
        for split in ("train", "validation")
    )
    counts = [snapshot.counts["train"].get(label, 0) for label in snapshot.labels]

    def on_epoch(row: fit.EpochRow) -> None:
        record.progress(
            done=row.epoch, total=settings.epochs, unit="epochs", loss=row.train_loss, best=row.objective,
        )  # fmt: skip

    try:
        rows = fit.fit(whole, training, validation, counts, _settings(settings, chosen, seed), on_epoch)
    except FloatingPointError as error:
        raise InputError(str(error)) from error
    uri = storage.join(place, "model")
    with tempfile.TemporaryDirectory() as folder:
        export.save(whole, folder, snapshot.labels, snapshot.stored_side_px)
        storage.remove_folder(uri)  # what a killed run may have left there
        storage.copy_folder(folder, uri)
    return TrainedModel(
        model_id=place.rsplit("/", 1)[-1], uri=uri, snapshot_id=snapshot.snapshot_id, labels=snapshot.labels,
        backbone=chosen.backbone, weights=chosen.weights, image_side_px=chosen.image_side_px,
        hyperparameters=chosen.best.hyperparameters, history=tuple(map(_epoch, rows)),
        seconds=time.monotonic() - started,
    )  # fmt: skip


def _settings(settings: TrainConfig, chosen: SearchResult, seed: int) -> Any:
    from tuning.fit import FitSettings

    change = settings.augmentation
    return FitSettings(
        epochs=settings.epochs, patience=settings.patience, batch_size=settings.batch_size,
        learning_rate=chosen.best.hyperparameters.learning_rate, objective=chosen.objective, seed=seed,
        flip=change.flip, zoom=change.zoom, shift=change.shift, contrast=change.contrast,
    )  # fmt: skip


def _epoch(row: Any) -> Epoch:
    return Epoch(
        epoch=row.epoch, train_loss=row.train_loss, train_accuracy=row.train_accuracy,
        validation_loss=row.validation_loss, validation_balanced_accuracy=row.validation_balanced_accuracy,
        seconds=row.seconds,
    )  # fmt: skip
