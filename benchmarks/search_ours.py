"""Ours: the same points from stored features, other seeds for the noise, and features after new images."""

from __future__ import annotations

import functools
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from benchmarks import features, search_task
from benchmarks.features import SIDE_PX
from benchmarks.search_task import CLASSES, SEED, Task
from tuning import backbones, devices, weights
from tuning.backbones import Backbone
from tuning.bench import Bench
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.images import ChosenImages
from tuning.store.planning import Demand
from tuning.store.source import StoredSource

NOISE_SEEDS = (1,)


@dataclass(frozen=True)
class Opened:
    """A backbone with its feature cache."""

    backbone: Backbone
    network: Callable[[int], keras.Model]
    source: StoredSource

    def bench(self, task: Task, seed: int, state: str) -> Bench:
        """Where trials are run that do the same work as plain's: a fresh head each, and one pass an epoch."""
        widest = max(search_task.searched(self.backbone).head_width)
        settings = replace(task.settings(seed), head_steps=0)
        return Bench(self.network, self.backbone, self.source, CLASSES, settings, widest, Folder(Path(state)))


def opened(task: Task, name: str, cache: str, blocks: dict[str, list[ChosenImages]]) -> Opened:
    """A backbone whose features lie in a folder, in the default format, planned for the task."""
    devices.prepare_search()  # as the search's own step does
    backbone = backbones.get(name)
    found = weights.resolve(backbone, "imagenet")
    network = functools.cache(lambda side_px: weights.load(backbone, found, side_px, seed=0))
    demand = Demand.of_search(search_task.searched(backbone).unfrozen_stages, task.trials, task.epochs)
    return Opened(
        backbone, network,
        StoredSource(
            backbone, network, address.origin(backbone, found.digest), blocks, MappedFolder(cache), demand,
            say=lambda _text: None,
        ),
    )  # fmt: skip


def same_work(task: dict[str, Any], backbone: str, cache: str) -> dict[str, Any]:
    """All points without halving, from an empty cache: seconds in all, where they went, and each trial as in plain."""
    asked = Task(**task)
    blocks = search_task.pictures(asked).blocks()
    shutil.rmtree(cache, ignore_errors=True)
    started = time.perf_counter()
    ours = opened(asked, backbone, cache, blocks)
    _, loading_s = _timed(lambda: ours.network(SIDE_PX))
    _, features_s = _timed(lambda: fill(ours))
    points = asked.points(ours.backbone)
    with tempfile.TemporaryDirectory() as state:
        trials = _tried(ours.bench(asked, SEED, state), points)
    return {
        "seconds": time.perf_counter() - started, "loading_s": loading_s, "features_s": features_s,
        "trials": trials, "cache_bytes": sum(MappedFolder(cache).sizes().values()),
        "features": ours.source.report.facts(),
    }  # fmt: skip


def _tried(bench: Bench, points: Sequence[Hyperparameters], deepest: float = math.inf) -> list[dict[str, Any]]:
    """Head-only points together, then one after the other, the shallowest first. seconds: what a trial took in all;
    trained_s: its epochs, the tracing in the first of them included.
    """
    heads = [point for point in points if not point.unfrozen_stages]
    results, together_s = _timed(lambda: bench.run_together(heads, lambda _text: None))
    timed = [(result, together_s / len(heads)) for result in results]
    for point in sorted(points, key=lambda point: point.unfrozen_stages):
        if 0 < point.unfrozen_stages <= deepest:
            timed.append(_timed(functools.partial(bench.run, point, lambda _text: None)))
    return [
        {
            "point": points.index(result.hyperparameters), "seconds": seconds, "score": result.score,
            "trained_s": result.seconds,
        }
        for result, seconds in timed
    ]  # fmt: skip


def fill(ours: Opened) -> None:
    """Have the features of every depth."""
    for depth in search_task.searched(ours.backbone).unfrozen_stages:
        ours.source.at(depth, SIDE_PX)


def noise(task: dict[str, Any], backbone: str, cache: str) -> dict[str, Any]:
    """The shallower half of the points with other seeds, from features that are there: {"trials": {seed: [...]}}."""
    asked = Task(**task)
    ours = opened(asked, backbone, cache, search_task.pictures(asked).blocks())
    points, quarter = asked.points(ours.backbone), search_task.searched(ours.backbone).unfrozen_stages[1]
    trials = {}
    for seed in NOISE_SEEDS:
        with tempfile.TemporaryDirectory() as state:
            trials[str(seed)] = _tried(ours.bench(asked, seed, state), points, quarter)
    return {"trials": trials}


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = act()
    return result, time.perf_counter() - started


def increment(task: dict[str, Any], backbone: str, cache: str, part: str) -> dict[str, Any]:
    """A search's features for every depth: seconds, measuring of costs included.

    part: "first" begins with an empty cache and lacks the last images, "later" has all. The network is there already, a
    search needs it anyway.
    """
    asked = Task(**task)
    if part == "first":
        shutil.rmtree(cache, ignore_errors=True)
    split = features.blocks(*features.drawings(Path(asked.place), asked.images))
    blocks = {"validation": split["validation"], "training": split["training" if part == "first" else "later"]}
    ours = opened(asked, backbone, cache, blocks)
    ours.network(SIDE_PX)
    _, seconds = _timed(lambda: fill(ours))
    tally = ours.source.report.tally
    return {"seconds": seconds, "filling_s": tally.seconds, "computed_images": tally.computed_images}
