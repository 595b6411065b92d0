"""The search space of one backbone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import keras_tuner
import numpy as np

from tuning.model import Hyperparameters

RATES = {"adamw": "learning_rate", "sgd": "sgd_learning_rate"}  # each optimiser has its own bounds
_MOST_TRIES = 20  # rounds of sampling before a small space counts as exhausted


@dataclass(frozen=True)
class Space:
    """The values that a search may combine; a single value is fixed."""

    unfrozen_stages: tuple[int, ...]
    head_width: tuple[int, ...]
    dropout: tuple[float, ...]
    learning_rate: tuple[float, float]  # of AdamW: bounds, sampled on a log scale; equal bounds fix it
    sgd_learning_rate: tuple[float, float] = (1e-3, 1e-1)
    pooling: tuple[str, ...] = ("avg",)
    optimizer: tuple[str, ...] = ("adamw",)
    backbone_rate: tuple[float, ...] = (0.1,)
    weight_decay: tuple[float, ...] = (0.0,)
    label_smoothing: tuple[float, ...] = (0.0,)
    balancing: tuple[str, ...] = ("class_weights",)
    augmentation: tuple[str, ...] = ("none",)
    mixup: tuple[float, ...] = (0.0,)
    image_side_px: tuple[int, ...] = (0,)


def declare(space: Space) -> keras_tuner.HyperParameters:
    """The space as KerasTuner wants it. Numbers are ordered: neighbours are likelier to score alike.

    Conditional where a value would have no effect: the backbone's rate at depth 0, another optimiser's learning rate.
    """
    declared = keras_tuner.HyperParameters()
    # What others depend on comes first.
    for name in sorted((field.name for field in fields(space)), key=lambda name: _condition(space, name)[0] != name):
        values = getattr(space, name)
        parent, actives = _condition(space, name)
        if not actives:
            continue
        if set(actives) == set(getattr(space, parent)):
            _declare_one(declared, name, values)
        else:
            with declared.conditional_scope(parent, list(actives)):
                _declare_one(declared, name, values)
    return declared


def point(values: Mapping[str, Any]) -> Hyperparameters:
    """One trial's values. What is not active, or not in the space, has its default."""
    given = {field.name: values[field.name] for field in fields(Hyperparameters) if field.name in values}
    given["learning_rate"] = values[RATES[given.get("optimizer", "adamw")]]
    if not given["unfrozen_stages"]:
        given.pop("backbone_rate", None)
    return Hyperparameters(**given)


def sample(space: Space, count: int, seed: int) -> list[dict[str, Any]]:
    """Up to count distinct points, spread evenly: every value's range is cut into as many slices, each used once.

    Fewer if the space has fewer. Source: McKay et al. 1979, https://doi.org/10.2307/1268522 (Latin hypercube).
    """
    declared, generator = declare(space), np.random.default_rng(seed)
    found: dict[Hyperparameters, dict[str, Any]] = {}
    for _ in range(_MOST_TRIES):
        slices = {hp.name: (generator.permutation(count) + generator.uniform(size=count)) / count
                  for hp in declared.space}  # fmt: skip
        for number in range(count):
            values = _values(declared.space, {name: chances[number] for name, chances in slices.items()})
            if len(found) < count:
                found.setdefault(point(values), values)
    return list(found.values())


def _values(declared: Sequence[Any], chances: Mapping[str, float]) -> dict[str, Any]:
    chosen = keras_tuner.HyperParameters()
    for one in declared:
        chosen.merge([one])
        if chosen.is_active(one):
            fixed = isinstance(one, keras_tuner.engine.hyperparameters.Fixed)
            chosen.values[one.name] = one.value if fixed else one.prob_to_value(chances[one.name])
    return dict(chosen.values)


def _condition(space: Space, name: str) -> tuple[str, Sequence[Any]]:
    """The parameter on which another depends, and with which of its values it has an effect."""
    if name == "backbone_rate":
        return "unfrozen_stages", [depth for depth in space.unfrozen_stages if depth]
    if name in RATES.values():
        return "optimizer", [optimizer for optimizer in space.optimizer if RATES[optimizer] == name]
    return name, getattr(space, name)


def _declare_one(declared: keras_tuner.HyperParameters, name: str, values: tuple[Any, ...]) -> None:
    if len(set(values)) == 1:
        declared.Fixed(name, values[0])
    elif name in RATES.values():
        declared.Float(name, *values, sampling="log")
    elif isinstance(values[0], str):
        declared.Choice(name, list(values))
    else:
        kind = int if isinstance(values[0], int) else float
        declared.Choice(name, sorted(map(kind, values)), ordered=True)
