"""How the learning rate moves through a training: up from nothing, then down a cosine to nothing."""

from __future__ import annotations

import math
from typing import Any

import keras

WARM_UP = 0.1  # share of all steps: a fresh head on pretrained stages must find its feet first


def share(step: int, steps: int) -> float:
    """Share of the peak rate at a step, in (0, 1]. step: from 0, below steps, the steps of the whole training.

    Source: Goyal et al. 2017, https://arxiv.org/abs/1706.02677; Loshchilov and Hutter 2017,
    https://arxiv.org/abs/1608.03983.
    """
    rising = warm_up_steps(steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def warm_up_steps(steps: int) -> int:
    """Steps before the peak."""
    return math.floor(WARM_UP * steps)


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    """The same schedule for Keras's optimizers. Past its last step the rate stays at nothing."""

    def __init__(self, peak: float, steps: int) -> None:
        self.peak, self.steps = peak, steps

    def __call__(self, step: Any) -> Any:
        """The rate at a step; called by Keras."""
        ops, rising = keras.ops, warm_up_steps(self.steps)
        step = ops.cast(step, "float32")
        way = ops.clip((step - rising) / max(1, self.steps - rising), 0.0, 1.0)
        falling = 0.5 * (1 + ops.cos(math.pi * way))
        return self.peak * ops.where(step < rising, (step + 1) / (rising + 1), falling)

    def get_config(self) -> dict[str, Any]:
        """What __init__ takes; called by Keras."""
        return {"peak": self.peak, "steps": self.steps}
