"""AdamW, or SGD with momentum, with a lower rate for pretrained layers: what ImageNet taught may not be lost.

Twice: as functions of arrays for the search, where every trial of a stack has its own rates, and as Keras's optimizers
for the final training. A test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tuning import schedule
from tuning.model import Hyperparameters, OptimizerName

ops = keras.ops
HEAD = "head_"  # model.py names every layer of the head so
MOMENTUM, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-7  # Keras's defaults, but for SGD's momentum
_COUNT = "iteration"  # Keras's name for the variable from which the rate follows
SLOTS = {"adamw": 2, "sgd": 1}  # arrays that an optimiser keeps for each weight


@dataclass(frozen=True)
class Rates:
    """Of one step: learning rate and weight decay, scalars or shaped so that they spread over the weight; warmed's."""

    rate: Any
    decay: Any
    warmed: Any


def warmed(name: OptimizerName, number: Any) -> Any:
    """The factor by which Adam's averages, which start at 0, fall short. number: of the step, from 1; a float32."""
    return ops.sqrt(1 - ops.power(BETA_2, number)) / (1 - ops.power(BETA_1, number)) if name == "adamw" else None


def step(name: OptimizerName, weight: Any, gradient: Any, slots: Sequence[Any], rates: Rates) -> tuple[Any, list[Any]]:
    """One weight and its slots after a step."""
    if not (isinstance(rates.decay, float) and rates.decay == 0.0):
        weight = weight - weight * (rates.decay * rates.rate)
    if name == "sgd":
        speed = MOMENTUM * slots[0] - rates.rate * gradient
        return weight + speed, [speed]
    mean = slots[0] + (gradient - slots[0]) * (1 - BETA_1)
    square = slots[1] + (gradient * gradient - slots[1]) * (1 - BETA_2)
    return weight - mean * (rates.rate * rates.warmed) / (ops.sqrt(square) + EPSILON), [mean, square]


def make(point: Hyperparameters, steps: int, **options: Any) -> keras.optimizers.Optimizer:
    """Keras's optimizer of a trial's hyperparameters. steps: optimizer steps of the whole training.

    options: what Keras's optimizers take, gradient_accumulation_steps for one.
    """
    rate = schedule.WarmUpCosine(point.learning_rate, steps)
    kind: Any = HeadFirstSGD if point.optimizer == "sgd" else HeadFirstAdamW
    return kind(rate, weight_decay=point.weight_decay, backbone_rate=point.backbone_rate, **options)


def divided(made: keras.optimizers.Optimizer) -> tuple[list[Any], list[Any]]:
    """Its variables: what it keeps of past gradients; and what counts pieces of batches, first, and adds them up."""
    found = made.variables
    of_pieces = [variable for variable in found if variable.name.endswith((_COUNT, "gradient_accumulator"))]
    known = {id(variable) for variable in of_pieces}
    return [variable for variable in found if id(variable) not in known], of_pieces


def count(made: keras.optimizers.Optimizer, pieces: int) -> None:
    """Let it go on as after so many pieces, with nothing added up of the next step; its rate follows."""
    for variable in divided(made)[1]:
        variable.assign(keras.ops.full_like(variable, pieces if variable.name.endswith(_COUNT) else 0))


class _HeadFirst:
    """Scales the rate of all but the head, and decays kernels only.

    The rate, not the gradient: Adam divides by the gradient's size and would undo the latter.
    """

    backbone_rate: float

    def build(self, variables: Any) -> None:
        """Remember every variable's share of the rate; called by Keras before the first step."""
        super().build(variables)  # type: ignore[misc]
        self._shares = [1.0 if variable.path.startswith(HEAD) else self.backbone_rate for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step; called by Keras with the backend's own variable, which has no path."""
        share = self._shares[self._get_variable_index(variable)]  # type: ignore[attr-defined]
        super().update_step(gradient, variable, learning_rate * share)  # type: ignore[misc]

    def _apply_weight_decay(self, variables: Any) -> None:
        for variable in variables:
            if self.weight_decay and len(variable.shape) > 1:  # type: ignore[attr-defined]
                share = self._shares[self._get_variable_index(variable)]  # type: ignore[attr-defined]
                rate = ops.cast(self.learning_rate * share, variable.dtype)  # type: ignore[attr-defined]
                variable.assign(variable - variable * self.weight_decay * rate)  # type: ignore[attr-defined]


class HeadFirstAdamW(_HeadFirst, keras.optimizers.AdamW):
    """AdamW whose learning rate is the head's; every other variable learns at backbone_rate of it."""

    def __init__(self, learning_rate: Any, backbone_rate: float = 0.1, **options: Any) -> None:
        super().__init__(learning_rate, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON, **options)
        self.backbone_rate = backbone_rate


class HeadFirstSGD(_HeadFirst, keras.optimizers.SGD):
    """SGD with momentum whose learning rate is the head's; every other variable learns at backbone_rate of it."""

    def __init__(self, learning_rate: Any, backbone_rate: float = 0.1, **options: Any) -> None:
        super().__init__(learning_rate, momentum=MOMENTUM, **options)
        self.backbone_rate = backbone_rate
