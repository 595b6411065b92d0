"""The trials of all searches, as the page tells them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.artifacts import FeatureUse, SearchResult, Selection, Trial
from components.report import points


@dataclass(frozen=True)
class Ranked:
    """One trial with the network that it was of, and the worker that made it."""

    backbone: str
    trial: Trial
    chosen: bool
    worker: int = 1

    @property
    def remark(self) -> str:
        """What became of it, if more is to be said than its score."""
        if self.chosen:
            return "chosen"
        if self.trial.status == "stopped":
            return "stopped early"
        if self.trial.score is None:
            # A reason repeats the point, which stands in the same row.
            reason = (self.trial.reason or "").partition(" (unfrozen_stages")[0]
            return f"failed: {reason}" if reason else "failed"
        return ""


@dataclass(frozen=True)
class Network:
    """One backbone's search, or one worker's share of it, in figures."""

    title: str
    trials: int
    stopped: int
    failed: int
    epochs: int  # of all trials
    best: float | None
    seconds: float
    features: FeatureUse | None


def ranked(selection: Selection) -> list[Ranked]:
    """Trials of all networks, the best first; those that failed last."""
    trials = [
        Ranked(result.backbone, trial, _is_chosen(result, trial, selection.best), result.worker)
        for result in selection.searches
        for trial in result.trials
    ]
    return sorted(trials, key=lambda one: (one.trial.score is None, -(one.trial.score or 0.0)))


def _is_chosen(result: SearchResult, trial: Trial, best: SearchResult) -> bool:
    return result.task == best.task and trial.trial_id == best.best.trial_id


def orders(trials: Sequence[Ranked], names: Sequence[str]) -> dict[str, list[int]]:
    """Column -> the place of each trial if they are ordered by it; of equal ones the better first.

    trials: as ranked gives them. Columns: "score", "backbone", "epochs", "seconds" (the longest first), names, and
    "worker" where a backbone had several.
    """
    keys: dict[str, Callable[[Ranked], Any]] = {
        "score": lambda _one: 0,
        "backbone": lambda one: one.backbone,
        "epochs": lambda one: one.trial.epochs,
        "seconds": lambda one: -one.trial.seconds,
        **{name: partial(_by_value, name) for name in names},
    }
    if any(one.worker > 1 for one in trials):
        keys["worker"] = lambda one: (one.backbone, one.worker)
    return {column: _places(trials, key) for column, key in keys.items()}


def _by_value(name: str, one: Ranked) -> Any:
    point = one.trial.hyperparameters
    return (0, *points.amount(getattr(point, name))) if points.has_effect(point, name) else (1,)


def _places(trials: Sequence[Ranked], key: Callable[[Ranked], Any]) -> list[int]:
    places = [0] * len(trials)
    for place, row in enumerate(sorted(range(len(trials)), key=lambda row: key(trials[row]))):
        places[row] = place
    return places


def networks(searches: Sequence[SearchResult]) -> list[Network]:
    """The searches in their order."""
    return [_network(result) for result in searches]


def title(result: SearchResult) -> str:
    """What a search is called."""
    shared = f", worker {result.worker} of {result.workers}" if result.workers > 1 else ""
    return f"{result.backbone}{shared}"


def backbones(searches: Sequence[SearchResult]) -> list[str]:
    """Each once, in the order of their best searches."""
    return list(dict.fromkeys(result.backbone for result in searches))


def _network(result: SearchResult) -> Network:
    states = Counter(trial.status for trial in result.trials)
    return Network(
        title(result), len(result.trials), states["stopped"], states["failed"],
        sum(trial.epochs for trial in result.trials), result.best.score, result.seconds, result.features,
    )  # fmt: skip
