"""Search depth, head, optimiser and augmentation of one backbone on a snapshot's training and validation images.

All of it, or one worker's share: workers have their own place, their own state, and nothing to wait for.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

from components import config, published, runs, starting_weights, storage, workers
from components.artifacts import SearchResult, Snapshot
from components.config import SearchConfig
from components.errors import ConfigError, InputError
from components.workers import Worker
from tuning import backbones, depths
from tuning.backbones import Backbone
from tuning.weights import WeightsSource


def run(snapshot_path: str, data_root: str, backbone: str, search: dict[str, Any], seed: int, result_path: str) -> None:
    """Write the search's result to result_path; a search that was made before is found, a killed one goes on.

    backbone: its name, or that of one of its workers (components.workers).
    Raises ConfigError if the space does not fit the backbone, InputError if a split is empty or every trial failed,
    UnavailableError if the starting weights cannot be had.
    """
    with runs.step("tune", data_root, item=backbone) as record:
        snapshot, settings = Snapshot.read(snapshot_path), config.parse(SearchConfig, search, "search")
        worker = _worker(backbone, settings)
        network, spec = backbones.get(worker.backbone), settings.weights_of(worker.backbone)
        settings = _filled(settings, network, snapshot)
        _check(snapshot, network, settings)
        with starting_weights.find(worker.backbone, spec) as weights:
            root = storage.absolute(data_root)
            place = storage.join(root, "tune", _key(snapshot, weights, settings, seed, worker))
            uri = storage.join(place, "hparams.json")

            def make() -> SearchResult:
                return _search(snapshot, root, network, settings, weights, int(seed), place, worker, record)

            result, record.reused = published.once(SearchResult, uri, make)
            storage.remove_folder(storage.join(place, "state"))  # a kill after publishing may have left it
        result.write(result_path)
        _say_facts(record, result)


def _search(
    snapshot: Snapshot, root: str, network: Backbone, settings: SearchConfig, weights: WeightsSource, seed: int,
    place: str, worker: Worker, record: runs.Recorder,
) -> SearchResult:  # fmt: skip
    # Here, so that a search that was made before costs no import of TensorFlow.
    from components.tune.searching import Task, search_with
    from tuning import devices

    devices.prepare_search()
    # What was imported stays: a collection would walk all of it, for a quarter of a second. Once: a process that
    # searches again would keep for ever what its last search has not yet been rid of.
    if not gc.get_freeze_count():
        gc.freeze()
    return search_with(Task(snapshot, root, network, settings, weights, seed, place, worker), record)


def _worker(name: str, settings: SearchConfig) -> Worker:
    """Who is named. Raises ConfigError if the run was not made for so many workers."""
    count = settings.workers_per_backbone
    try:
        worker = Worker.named(name)
    except ValueError as error:
        raise ConfigError("backbones", [str(error)]) from error
    if worker.of != count:
        expected = ", ".join(one.name for one in workers.of_backbone(worker.backbone, count))
        raise ConfigError(
            "backbones", [f"{name} is not one of search.workers_per_backbone ({count}) workers: name {expected}"]
        )
    return worker


def _say_facts(record: runs.Recorder, result: SearchResult) -> None:
    count = [trial.status for trial in result.trials].count
    record.facts(
        trials=len(result.trials), failed_trials=count("failed"), stopped_trials=count("stopped"),
        best_score=result.best.score, unfrozen_stages=result.best.hyperparameters.unfrozen_stages,
    )  # fmt: skip


def _filled(settings: SearchConfig, network: Backbone, snapshot: Snapshot) -> SearchConfig:
    """The settings with the depths and the sides that they leave to the backbone."""
    chosen: Any = settings.unfrozen_stages
    return settings.model_copy(
        update={
            "unfrozen_stages": depths.spread(len(network.stages)) if chosen == "spread" else chosen,
            "image_side_px": settings.sides_px or (min(network.default_side_px, snapshot.stored_side_px),),
        }
    )


def _check(snapshot: Snapshot, network: Backbone, settings: SearchConfig) -> None:
    """Everything that would stop the search, said before a network is built."""
    findings = [_refusal(network.check_depth, depth, "unfrozen_stages") for depth in _ints(settings.unfrozen_stages)]
    findings += [_refusal(network.check_side, side_px, "image_side_px") for side_px in settings.sides_px]
    if any(findings):
        raise ConfigError("search", [finding for finding in findings if finding])
    for split in ("train", "validation"):
        if not sum(snapshot.counts.get(split, {}).values()):
            raise InputError(f"Snapshot {snapshot.snapshot_id} has no {split} images to search with. Add images.")


def _ints(values: Any) -> Sequence[int]:
    return values


def _refusal(check: Any, value: int, name: str) -> str:
    try:
        check(value)
    except ValueError as error:
        return f"{name}: {error}"
    return ""


def _key(snapshot: Snapshot, weights: WeightsSource, settings: SearchConfig, seed: int, worker: Worker) -> str:
    # Not the other backbones, nor the place of the weights, nor the room for features and who reads them later.
    aside = {"budget_gb", "after_search"}
    apart: Any = {"backbones": True, "weights": True, "features": aside, "workers_per_backbone": True}
    share = {} if worker.of == 1 else {"worker": worker.number, "workers": worker.of}
    return published.key(
        step="tune", snapshot=snapshot.snapshot_id, backbone=weights.backbone, weights=weights.digest,
        search=settings.model_dump(mode="json", exclude=apart), seed=int(seed), **share,
    )  # fmt: skip
