"""Search depth, head and learning rate of one backbone on a snapshot's training and validation images."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from components import config, published, runs, starting_weights, storage
from components.artifacts import Hyperparameters, SearchResult, Snapshot, Trial
from components.config import SearchConfig
from components.errors import ConfigError, InputError
from tuning import backbones
from tuning.backbones import Backbone
from tuning.weights import WeightsSource


def run(snapshot_path: str, data_root: str, backbone: str, search: dict[str, Any], seed: int, result_path: str) -> None:
    """Write the search's result to result_path; a search that was made before is found, a killed one goes on.

    Raises ConfigError if the space does not fit the backbone, InputError if a split is empty or every trial failed,
    UnavailableError if the starting weights cannot be had.
    """
    with runs.step("tune", data_root, item=backbone) as record:
        snapshot, settings = Snapshot.read(snapshot_path), config.parse(SearchConfig, search, "search")
        network, spec = backbones.get(backbone), settings.weights_of(backbone)
        side_px = settings.image_side_px or min(network.default_side_px, snapshot.stored_side_px)
        _check(snapshot, network, settings, side_px)
        with starting_weights.find(backbone, spec) as weights:
            place = storage.join(storage.absolute(data_root), "tune", _key(snapshot, weights, settings, seed))
            uri = storage.join(place, "hparams.json")
            result = published.find(SearchResult, uri)
            record.reused = result is not None
            if result is None:
                result = _search(record, snapshot, network, settings, weights, side_px, int(seed), place)
                published.publish(result, uri)
                storage.remove_folder(storage.join(place, "state"))
        result.write(result_path)
        failed = sum(trial.status == "failed" for trial in result.trials)
        record.facts(
            trials=len(result.trials), failed_trials=failed, best_score=result.best.score,
            unfrozen_stages=result.best.hyperparameters.unfrozen_stages,
        )  # fmt: skip


def _check(snapshot: Snapshot, network: Backbone, settings: SearchConfig, side_px: int) -> None:
    """Everything that would stop the search, said before a network is built."""
    findings = [_refusal(network.check_depth, depth, "unfrozen_stages") for depth in settings.unfrozen_stages]
    findings.append(_refusal(network.check_side, side_px, "image_side_px"))
    if any(findings):
        raise ConfigError("search", [finding for finding in findings if finding])
    for split in ("train", "validation"):
        if not sum(snapshot.counts.get(split, {}).values()):
            raise InputError(f"Snapshot {snapshot.snapshot_id} has no {split} images to search with. Add images.")


def _refusal(check: Any, value: int, name: str) -> str:
    try:
        check(value)
    except ValueError as error:
        return f"{name}: {error}"
    return ""


def _key(snapshot: Snapshot, weights: WeightsSource, settings: SearchConfig, seed: int) -> str:
    # Neither the other backbones nor the place of the weights decide this search.
    section = settings.model_dump(mode="json", exclude={"backbones", "weights"})
    return published.key(
        step="tune", snapshot=snapshot.snapshot_id, backbone=weights.backbone, weights=weights.digest, search=section,
        seed=int(seed),
    )  # fmt: skip


def _search(
    record: runs.Recorder, snapshot: Snapshot, network: Backbone, settings: SearchConfig, weights: WeightsSource,
    side_px: int, seed: int, place: str,
) -> SearchResult:  # fmt: skip
    # Here, so that a search that was made before costs no import of TensorFlow.
    from components import datasets
    from tuning import search, space, trial
    from tuning import weights as weights_files

    started = time.monotonic()
    training, validation = (
        datasets.load_split(snapshot, split, side_px).map(lambda item: (item["image"], item["label"]))
        for split in ("train", "validation")
    )
    rates = settings.learning_rate
    asked = search.SearchSettings(
        space.Space(settings.unfrozen_stages, settings.head_width, settings.dropout, (rates.min, rates.max)),
        settings.trials,
        trial.TrialSettings(settings.epochs, settings.batch_size, settings.objective, seed),
    )
    with _state(storage.join(place, "state")) as (folder, keep):

        def on_trial(number: int, total: int, text: str, best: float | None) -> None:
            record.progress(done=number - 1, total=total, unit="trials", text=text, best=best)
            keep(number)

        try:
            model = weights_files.load(network, weights, side_px, seed)
            results = search.search(model, network, training, validation, len(snapshot.labels), asked, folder, on_trial)
        except search.SearchFailedError as error:
            raise InputError(f"{error} Narrow search.learning_rate or choose another space.") from error
    trials = tuple(_trial(number, result) for number, result in enumerate(results, start=1))
    record.progress(done=len(trials), total=len(trials), unit="trials")
    return SearchResult(
        snapshot_id=snapshot.snapshot_id, backbone=network.name,
        weights=starting_weights.info(weights, settings.weights_of(network.name)), image_side_px=side_px,
        objective=settings.objective, best=max(trials, key=_rank), trials=trials, seconds=time.monotonic() - started,
    )  # fmt: skip


def _trial(number: int, result: Any) -> Trial:
    return Trial(
        trial_id=f"{number:03d}",
        status="failed" if result.score is None else "completed",
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


@contextmanager
def _state(uri: str) -> Iterator[tuple[str, Any]]:
    """A local folder of finished trials, and what to call after each: in a bucket it is copied there and back."""
    if not storage.is_remote(uri):
        yield uri, lambda _number: None
        return
    with tempfile.TemporaryDirectory() as folder:
        storage.copy_folder(uri, folder)
        kept = [0]

        def keep(number: int) -> None:
            if number != kept[0]:  # the trial before it has been finished
                storage.copy_folder(folder, uri)
                kept[0] = number

        yield folder, keep
