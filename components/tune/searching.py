"""The search itself: network, features, state and progress. Imports Keras."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import keras

from components import digest, failed_trials, feature_source, runs, starting_weights, storage
from components.artifacts import Hyperparameters, SearchResult, Snapshot, TrainedHead, Trial
from components.config import SearchConfig
from components.errors import InputError
from components.spent import Spent
from components.stored_files import StoredFiles
from components.tune import asking, feature_use
from components.tune.telling import Telling
from components.workers import Worker
from tuning import model, precision, search
from tuning import weights as weights_files
from tuning.backbones import Backbone
from tuning.store.source import Report
from tuning.trained_heads import TrainedHeads
from tuning.trial import TrialSettings
from tuning.weights import WeightsSource


@dataclass(frozen=True)
class Task:
    """Everything that decides what is searched, and where it goes."""

    snapshot: Snapshot
    data_root: str
    backbone: Backbone
    settings: SearchConfig  # depths and sides filled in
    weights: WeightsSource
    seed: int
    place: str  # tune/<key>/ under the data root: state/ while it runs, head-<digest>.npz if it hands one on
    worker: Worker

    @property
    def state(self) -> StoredFiles:
        """What is there while it runs, so that it goes on after a kill."""
        return StoredFiles(storage.join(self.place, "state"))


def search_with(task: Task, record: runs.Recorder) -> SearchResult:
    """Search and describe the result; a search that was killed goes on from its state.

    Raises InputError if every trial failed; of several workers only if there is no point left for this one, for
    another may have found what can be trained.
    """
    with Spent(task.state) as spent:
        return _search(task, record, spent)


def _search(task: Task, record: runs.Recorder, spent: Spent) -> SearchResult:
    settings, telling = task.settings, Telling(record)
    keras.config.set_dtype_policy(precision.policy(settings.precision))  # this process searches and nothing else
    network = functools.cache(lambda side_px: weights_files.load(task.backbone, task.weights, side_px, task.seed))
    asked = asking.asked(settings, task.seed, task.worker)
    reports = feature_use.Reports(task.state)

    def on_images(done: int, total: int) -> None:
        reports.images(done, total)
        spent.keep()
        telling.images(done, total)

    def on_trial(number: int, total: int, text: str, best: float | None) -> None:
        reports.trial()
        spent.keep()
        telling.trial(number, total, text, best)

    source = feature_source.open_source(
        task.snapshot, task.data_root, task.backbone, task.weights, asking.demand(asked), settings.features, task.seed,
        network, sharers=len(settings.backbones), on_images=on_images,
    )  # fmt: skip
    reports.of(source.report)
    spent.also(reports.keep)
    classes = len(task.snapshot.labels)
    try:
        results = search.search(network, task.backbone, source, classes, asked, task.state, on_trial)
    except search.SearchFailedError as error:
        if task.worker.of == 1 or not error.results:
            raise InputError(f"{error} {_advice(error)}") from error
        results = error.results
    trials = tuple(_trial(_trial_id(task.worker, number), result) for number, result in enumerate(results, start=1))
    record.progress(done=len(trials), total=len(trials), unit="trials")
    record.facts(features=reports.whole.facts())
    return _result(task, asked.trial, trials, reports.whole, spent)


def _result(
    task: Task, settings: TrialSettings, trials: tuple[Trial, ...], report: Report, spent: Spent
) -> SearchResult:
    best, backbone = max(trials, key=_rank), task.backbone
    counts = {split: sum(of_labels.values()) for split, of_labels in task.snapshot.counts.items()}
    return SearchResult(
        snapshot_id=task.snapshot.snapshot_id, backbone=backbone.name,
        weights=starting_weights.info(task.weights, task.settings.weights_of(backbone.name)),
        image_side_px=best.hyperparameters.image_side_px, objective=task.settings.objective, best=best, trials=trials,
        seconds=spent.seconds, cpu_s=spent.cpu_s,
        features=feature_use.use(report, backbone, settings, counts, trials),
        worker=task.worker.number, workers=task.worker.of, head=_head(task, settings, best),
    )  # fmt: skip


def _head(task: Task, settings: TrialSettings, best: Trial) -> TrainedHead | None:
    """The head with which a training like the best trial begins, put where it stays when the state is removed."""
    point = model.Hyperparameters(**best.hyperparameters.model_dump())
    if not (point.unfrozen_stages and settings.begins_trained(sum(task.snapshot.counts["train"].values()))):
        return None
    content = TrainedHeads(task.state).file(point)
    if content is None:
        return None
    # Named by its content: a slower run of the same key must not write into what is published.
    name = digest.of_bytes(content)
    path = f"tune/{task.place.rsplit('/', 1)[-1]}/head-{name[:8]}.npz"
    storage.write_bytes(storage.join(task.data_root, path), content)
    return TrainedHead(path=path, digest=name)


def _advice(error: search.SearchFailedError) -> str:
    if error.results:
        return failed_trials.advice(error.results[0].reason)
    return "Lower search.workers_per_backbone or search a greater space."


def _trial_id(worker: Worker, number: int) -> str:
    return f"{number:03d}" if worker.of == 1 else f"{worker.number}-{number:03d}"


def _trial(trial_id: str, result: Any) -> Trial:
    failed = result.score is None
    return Trial(
        trial_id=trial_id,
        status="failed" if failed else "stopped" if result.stopped else "completed",
        score=result.score,
        hyperparameters=Hyperparameters.model_validate(vars(result.hyperparameters)),
        epochs=len(result.curve),
        curve=result.curve,
        seconds=result.seconds,
        reason=result.reason,
    )


def _rank(trial: Trial) -> tuple[float, int]:
    # Of equal scores the one that unfreezes less: it trains faster and has less to forget.
    return (-1.0 if trial.score is None else trial.score), -trial.hyperparameters.unfrozen_stages
