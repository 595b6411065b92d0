"""The same trials by plain Keras and by ours: the whole network from pixels for each, and from stored features."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks import gpu_task
from benchmarks.gpu_task import CLASSES
from tuning import backbones, depths, model, optimizer
from tuning.backbones import Backbone
from tuning.batches import steps
from tuning.bench import Bench
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.precision import Precision
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.store.planning import Demand
from tuning.store.source import StoredSource
from tuning.trial import TrialSettings

_SEED, _WIDEST = 0, 256


@dataclass(frozen=True)
class Task:
    """images: for training; an eighth as many for validation. trials: at each depth."""

    side_px: int
    images: int
    trials: int
    epochs: int
    batch_size: int


def ours(name: str, precision: Precision, task: dict[str, Any]) -> dict[str, Any]:
    """Seconds of all trials, what is computed or compiled for them included, of each depth's, and of each trial.

    All trials of a depth but the first find their steps compiled.
    """
    return _measured(_ours, backbones.get(name), precision, Task(**task))


def plain(name: str, precision: Precision, task: dict[str, Any]) -> dict[str, Any]:
    """The same of plain Keras, which compiles each."""
    return _measured(_plain, backbones.get(name), precision, Task(**task))


def _measured(
    arm: Callable[..., dict[str, Any]], backbone: Backbone, precision: Precision, task: Task
) -> dict[str, Any]:
    gpu_task.prepare(precision)
    training, validation = (gpu_task.pictures(count, task.side_px, 1) for count in (task.images, task.images // 8))
    network, points = gpu_task.network(backbone, task.side_px), _points(backbone, task)
    found = gpu_task.watched(lambda: arm(network, backbone, task, points, training, validation))
    return {"seconds": found.seconds, "busy": found.busy(), "memory_mib": found.memory_mib, **found.value}


def _points(backbone: Backbone, task: Task) -> list[list[Hyperparameters]]:
    """Of each depth; drawn here, for the space's own sampling needs KerasTuner."""
    draw = np.random.default_rng(backbones.NAMES.index(backbone.name))

    def drawn(depth: int) -> Hyperparameters:
        return Hyperparameters(
            depth, int(draw.choice([0, _WIDEST])), float(draw.choice([0.0, 0.2, 0.4])),
            float(10 ** draw.uniform(-4, -2)), weight_decay=float(draw.choice([0.0, 1e-4])), balancing="none",
            image_side_px=task.side_px,
        )  # fmt: skip

    return [[drawn(depth) for _ in range(task.trials)] for depth in depths.spread(len(backbone.stages))]


def _ours(
    network: keras.Model, backbone: Backbone, task: Task, points: list[list[Hyperparameters]], training: Any,
    validation: Any,
) -> dict[str, Any]:  # fmt: skip
    demand = Demand.of_search(depths.spread(len(backbone.stages)), sum(map(len, points)), task.epochs)
    blocks = {"training": [_block("training", *training)], "validation": [_block("validation", *validation)]}
    # A fresh head for each trial and one pass an epoch, as in plain Keras's.
    settings = TrialSettings(task.epochs, task.batch_size, "balanced_accuracy", _SEED, head_steps=0)
    with tempfile.TemporaryDirectory() as folder:
        origin = address.origin(backbone, "none", keras.config.dtype_policy().name)
        source = StoredSource(
            backbone, lambda _side_px: network, origin, blocks, MappedFolder(f"{folder}/features"), demand,
            say=lambda _text: None,
        )  # fmt: skip
        features = gpu_task.watched(lambda: [source.at(depth, task.side_px) for depth in sorted(demand.passes)])
        bench = Bench(
            lambda _side_px: network, backbone, source, CLASSES, settings, _WIDEST, Folder(Path(folder, "state"))
        )  # fmt: skip
        tried = []
        for of_depth in points:
            if of_depth[0].unfrozen_stages:
                act: Callable[[], Any] = functools.partial(_one_by_one, bench, of_depth)
            else:
                act = functools.partial(bench.run_together, of_depth, lambda _text: None)
            tried.append(gpu_task.watched(act))
    failed = [result.reason for one in tried for result in one.value if result.reason]
    if failed:
        raise RuntimeError(f"trials failed: {failed[0]}")
    best = max(result.score for one in tried for result in one.value)
    each = [[result.seconds for result in one.value] for one in tried]
    found = {"best": best, "by_depth_s": _by_depth(points, tried), "each_s": each}
    return {"features_s": features.seconds, "features_busy": features.busy(), **found}


def _one_by_one(bench: Bench, points: list[Hyperparameters]) -> list[Any]:
    return [bench.run(point, lambda _text: None) for point in points]


def _plain(
    network: keras.Model, backbone: Backbone, task: Task, points: list[list[Hyperparameters]], training: Any,
    validation: Any,
) -> dict[str, Any]:  # fmt: skip
    start = network.get_weights()
    (pixels, truth), asked = (
        (images.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[labels])
        for images, labels in (training, validation)
    )
    count = task.epochs * steps(len(pixels), task.batch_size)

    def trial(point: Hyperparameters) -> tuple[float, float]:
        started = time.perf_counter()
        network.set_weights(start)
        parts = model.split(network, backbone, point.unfrozen_stages)
        whole = model.classifier(parts, CLASSES, point, _SEED).whole
        whole.compile(optimizer.make(point, count), "categorical_crossentropy", metrics=["accuracy"])
        history = whole.fit(
            pixels, truth, batch_size=task.batch_size, epochs=task.epochs, validation_data=asked, verbose=0
        )  # fmt: skip
        # The classes are of one size: it is also the balanced one.
        return max(history.history["val_accuracy"]), time.perf_counter() - started

    tried = [
        gpu_task.watched(functools.partial(lambda given: list(map(trial, given)), of_depth)) for of_depth in points
    ]
    best = max(score for one in tried for score, _ in one.value)
    each = [[seconds for _, seconds in one.value] for one in tried]
    return {"best": best, "by_depth_s": _by_depth(points, tried), "each_s": each}


def _by_depth(points: list[list[Hyperparameters]], tried: list[gpu_task.Watched]) -> dict[str, float]:
    return {str(of_depth[0].unfrozen_stages): one.seconds for of_depth, one in zip(points, tried, strict=True)}


def _block(split: str, images: np.ndarray, labels: np.ndarray) -> ChosenImages:
    names = tuple(f"{split}-{number:05d}" for number in range(len(images)))
    return ChosenImages(
        ArrayBlock(f"first/{split}-00000", names, images), dict(zip(names, labels.tolist(), strict=True))
    )  # fmt: skip
