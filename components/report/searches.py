"""The trials of all searches, as the page tells them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from components.artifacts import FeatureUse, Hyperparameters, SearchResult, Selection, Trial

TITLES = {
    "unfrozen_stages": "Unfrozen stages",
    "pooling": "Pooling",
    "head_width": "Head width",
    "dropout": "Dropout",
    "optimizer": "Optimiser",
    "learning_rate": "Learning rate",
    "backbone_rate": "Backbone's share",
    "weight_decay": "Weight decay",
    "label_smoothing": "Label smoothing",
    "balancing": "Balancing",
    "augmentation": "Augmentation",
    "mixup": "Mixup",
    "image_side_px": "Image side",
}
ORDERS = {word: place for place, word in enumerate(("none", "light", "strong", "avg", "max", "avg+max"))}  # of words
ALWAYS = ("unfrozen_stages", "learning_rate")  # shown for each trial even if all have the same


@dataclass(frozen=True)
class Ranked:
    """One trial with the network that it was of."""

    backbone: str
    trial: Trial
    chosen: bool

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
    """One backbone's search in figures."""

    backbone: str
    trials: int
    stopped: int
    failed: int
    epochs: int  # of all trials
    best: float | None
    seconds: float
    features: FeatureUse | None


def ranked(selection: Selection) -> list[Ranked]:
    """Trials of all networks, the best first; those that failed last."""
    best = selection.best
    trials = [
        Ranked(result.backbone, trial, result.backbone == best.backbone and trial.trial_id == best.best.trial_id)
        for result in selection.searches
        for trial in result.trials
    ]
    return sorted(trials, key=lambda one: (one.trial.score is None, -(one.trial.score or 0.0)))


def networks(searches: Sequence[SearchResult]) -> list[Network]:
    """The searches in their order."""
    return [_network(result) for result in searches]


def _network(result: SearchResult) -> Network:
    states = Counter(trial.status for trial in result.trials)
    return Network(
        result.backbone, len(result.trials), states["stopped"], states["failed"],
        sum(trial.epochs for trial in result.trials), result.best.score, result.seconds, result.features,
    )  # fmt: skip


def varied(searches: Sequence[SearchResult]) -> list[str]:
    """Names of the hyperparameters that are worth a column."""
    return [name for name in TITLES if name in ALWAYS or len(_values(searches, name)) > 1]


def fixed(searches: Sequence[SearchResult]) -> list[tuple[str, str]]:
    """Title and value of those that all trials have in common."""
    names = [name for name in TITLES if name not in varied(searches)]
    return [(TITLES[name], shown(name, value)) for name in names for value in _values(searches, name)]


def _values(searches: Sequence[SearchResult], name: str) -> set[Any]:
    points = [trial.hyperparameters for result in searches for trial in result.trials]
    return {getattr(point, name) for point in points if has_effect(point, name)}


def ordered(values: Iterable[Any]) -> list[Any]:
    """Values of one hyperparameter, from little to much."""
    return sorted(values, key=lambda value: (ORDERS.get(value, len(ORDERS)), value))


def has_effect(point: Hyperparameters, name: str) -> bool:
    """Whether a hyperparameter changes anything for this trial."""
    return name != "backbone_rate" or point.unfrozen_stages > 0


def cell(point: Hyperparameters, name: str) -> str:
    """A hyperparameter of a trial for a person; empty where it has no effect."""
    return shown(name, getattr(point, name)) if has_effect(point, name) else ""


def shown(name: str, value: Any) -> str:
    """A hyperparameter's value for a person."""
    if name == "head_width":
        return str(value or "none")
    if name == "image_side_px":
        return f"{value} px" if value else "the network's"
    if isinstance(value, str):
        return value.replace("_", " ")
    return f"{value:.2g}" if isinstance(value, float) else str(value)
