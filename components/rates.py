"""What a run's GPUs cost. Part of a profile; it travels to the steps that say so as a variable, and is no parameter."""

from __future__ import annotations

import os

from pydantic import Field

from components.config import Section

VARIABLE = "BRANDLENS_RATES"  # of a step's environment: Rates as JSON; unset where there are no GPUs to pay for
_HOUR_S = 3600


class Rates(Section):
    """GPUs by step, and their price."""

    gpus: dict[str, int] = Field(default_factory=dict)  # step -> GPUs that it holds while it runs
    price_per_gpu_hour: float | None = Field(None, gt=0)  # in your currency; None: nobody said

    def gpu_hours(self, step: str, seconds: float) -> float:
        """Hours of GPUs that a step of so many seconds keeps, used or not."""
        return self.gpus.get(step, 0) * seconds / _HOUR_S

    def price(self, gpu_hours: float) -> float | None:
        """Of so many hours; None if nobody said what one costs."""
        return None if self.price_per_gpu_hour is None else gpu_hours * self.price_per_gpu_hour

    def so_far(self, step: str, seconds: float, left_s: float | None) -> dict[str, float]:
        """What a running step has cost and will yet: cost and, if the time left is known, cost_left; empty if free."""
        cost = self.price(self.gpu_hours(step, seconds))
        if not cost:
            return {}
        left = self.price(self.gpu_hours(step, left_s)) if left_s is not None else None
        return {"cost": round(cost, 4)} | ({"cost_left": round(left, 4)} if left is not None else {})


def of_environment() -> Rates:
    """Those that this step was told; without GPUs and price if it was told nothing."""
    told = os.environ.get(VARIABLE)
    return Rates.model_validate_json(told) if told else Rates()
