"""Points of the search space, as the page tells them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from components.artifacts import Hyperparameters, SearchResult

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
    return sorted(values, key=amount)


def amount(value: Any) -> tuple[int, Any]:
    """What a value is ordered by."""
    return ORDERS.get(value, len(ORDERS)) if isinstance(value, str) else 0, value


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
