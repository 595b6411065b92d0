"""The search space of one backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras_tuner

from tuning.model import Hyperparameters


@dataclass(frozen=True)
class Space:
    """The values that a search may combine."""

    unfrozen_stages: tuple[int, ...]
    head_width: tuple[int, ...]
    dropout: tuple[float, ...]
    learning_rate: tuple[float, float]  # bounds, sampled on a log scale; equal bounds fix it


def declare(space: Space) -> keras_tuner.HyperParameters:
    """The space as KerasTuner wants it. Choices are ordered: neighbours are likelier to score alike."""
    declared = keras_tuner.HyperParameters()
    declared.Choice("unfrozen_stages", sorted(space.unfrozen_stages), ordered=True)
    declared.Choice("head_width", sorted(space.head_width), ordered=True)
    declared.Choice("dropout", sorted(map(float, space.dropout)), ordered=True)
    low, high = space.learning_rate
    if low == high:
        declared.Fixed("learning_rate", low)
    else:
        declared.Float("learning_rate", low, high, sampling="log")
    return declared


def point(values: Mapping[str, Any]) -> Hyperparameters:
    """One trial's values."""
    return Hyperparameters(
        unfrozen_stages=int(values["unfrozen_stages"]),
        head_width=int(values["head_width"]),
        dropout=float(values["dropout"]),
        learning_rate=float(values["learning_rate"]),
    )
