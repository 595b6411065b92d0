"""Who proposes the trials: KerasTuner's oracles, the Bayesian one with a plan that knows what a trial costs.

The plan comes before the Gaussian process. Head-only trials first, a half of the budget, spread evenly over the space:
they are trained together in a fraction of one deep trial's time. Then the best head's values at each depth, the
shallowest first: what suits the head on frozen features is the best guess above unfrozen ones. With these scores the
Gaussian process proposes the rest. They are all reported to it, one at a time, as if it had proposed them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import keras_tuner

from tuning import objective, space
from tuning.space import Space

OracleName = Literal["bayesian", "random", "hyperband"]
EPOCHS = "tuner/epochs"  # Hyperband's word for the epochs after which a trial pauses
_MOST_COLLISIONS = 50  # random points that were tried before, in a row, until the space counts as exhausted
_Values = dict[str, Any]


def make(
    name: OracleName, searched: Space, trials: int, epochs: int, objective_name: str, seed: int, factor: int,
    scratch: str,
) -> tuple[keras_tuner.Oracle, list[_Values]]:  # fmt: skip
    """The oracle, and the head-only points that it is going to propose first. scratch: a folder for its own files.

    factor: Hyperband's; it ignores trials and stops when its brackets are complete.
    """
    options: dict[str, Any] = {
        "objective": keras_tuner.Objective(objective_name, objective.DIRECTION),
        "seed": seed or 1,  # 0 means any seed to KerasTuner
        "hyperparameters": space.declare(searched),
        "max_consecutive_failed_trials": trials + 1,  # that all failed is our own error, with its cause
    }
    first: list[_Values] = []
    oracle: keras_tuner.Oracle
    if name == "hyperband":
        oracle = keras_tuner.oracles.HyperbandOracle(max_epochs=epochs, factor=factor, **options)
    elif name == "random":
        oracle = keras_tuner.oracles.RandomSearchOracle(max_trials=trials, **options)
    else:
        plan, first = _plan(searched, trials, seed)
        oracle = PlannedOracle(plan, max_trials=trials, num_initial_points=1, **options)
    oracle.verbose = 0
    oracle._set_project_dir(str(Path(tempfile.mkdtemp(dir=scratch))), "oracle")
    return oracle, first


def _plan(searched: Space, trials: int, seed: int) -> tuple[list[Any], list[_Values]]:
    deep = [depth for depth in sorted(searched.unfrozen_stages) if depth]
    # Keras's default would make a search of 10 trials random altogether; with a budget of 3 or fewer it is.
    count = min(trials, max(3, trials // 2))
    if 0 not in searched.unfrozen_stages:
        points = space.sample(searched, count, seed)
        return sorted(points, key=lambda values: values["unfrozen_stages"]), []
    if deep:
        count = max(1, trials // 2)
    heads = space.sample(replace(searched, unfrozen_stages=(0,)), count, seed)
    rates = sorted(searched.backbone_rate)
    extra = {"backbone_rate": rates[len(rates) // 2]}

    def transferred(depth: int) -> Callable[[keras_tuner.Oracle], _Values | None]:
        def values(oracle: keras_tuner.Oracle) -> _Values | None:
            best = oracle.get_best_trials(1)
            return {**best[0].hyperparameters.values, **extra, "unfrozen_stages": depth} if best else None

        return values

    return [*heads, *map(transferred, deep)], heads


class PlannedOracle(keras_tuner.oracles.BayesianOptimizationOracle):
    """KerasTuner's Bayesian oracle behind a plan, which never proposes a point twice."""

    def __init__(self, plan: Sequence[Any], **options: Any) -> None:
        super().__init__(**options)
        self._plan = list(plan)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next trial's values; called by KerasTuner."""
        tried = {space.point(trial.hyperparameters.values) for trial in self.trials.values()}
        while self._plan:
            planned = self._plan.pop(0)
            values = planned(self) if callable(planned) else planned
            if values is not None and space.point(values) not in tried:
                return {"status": "RUNNING", "values": values}
        if tried and not self._nonfixed_space():
            return {"status": "STOPPED", "values": None}
        proposed = super().populate_space(trial_id)
        for _ in range(_MOST_COLLISIONS):
            if proposed["values"] is None or space.point(proposed["values"]) not in tried:
                return proposed
            proposed = self._random_populate_space()
        return {"status": "STOPPED", "values": None}
