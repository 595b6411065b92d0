"""Who proposes the trials: KerasTuner's oracles, the Bayesian one behind a plan (plan.py).

What is planned is reported to the Gaussian process, one trial at a time, as if it had proposed it; with these scores
it proposes the rest. Each of several workers has an oracle of its own: what is planned is dealt out, the rest each
proposes in its own part of the space, from the scores of its own trials. See shares.py.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import keras_tuner

from tuning import objective, plan, space
from tuning.shares import WHOLE, Part, Share
from tuning.space import Space

OracleName = Literal["bayesian", "random", "hyperband"]
EPOCHS = "tuner/epochs"  # Hyperband's word for the epochs after which a trial pauses
_MOST_COLLISIONS = 50  # random points that were tried before, in a row, until the space counts as exhausted
_Values = dict[str, Any]


def make(
    name: OracleName, searched: Space, trials: int, epochs: int, usual_rate: float, objective_name: str, seed: int,
    factor: int, scratch: str, share: Share = WHOLE,
) -> tuple[keras_tuner.Oracle, list[_Values]]:  # fmt: skip
    """The oracle, and the head-only points that it is going to propose first. scratch: a folder for its own files.

    factor: Hyperband's. trials: of all workers together; those of share are proposed, but by the random oracle all, of
    which every worker takes its own. usual_rate: the backbone's.
    """
    options: dict[str, Any] = {
        "objective": keras_tuner.Objective(objective_name, objective.DIRECTION),
        "seed": (seed if name == "random" else share.seed(seed)) or 1,  # 0 means any seed to KerasTuner
        "hyperparameters": space.declare(searched),
        "max_consecutive_failed_trials": trials + 1,  # that all failed is our own error, with its cause
    }
    first: list[_Values] = []
    oracle: keras_tuner.Oracle
    if name == "hyperband":
        budget = share.count(trials)
        oracle = BudgetHyperband(Part(searched, share), budget, max_epochs=epochs, factor=factor, **options)
    elif name == "random":
        oracle = keras_tuner.oracles.RandomSearchOracle(max_trials=trials, **options)
    else:
        planned = plan.make(searched, trials, usual_rate, seed, share)
        first = planned.heads
        oracle = PlannedOracle(
            planned.steps, planned.part, max_trials=share.count(trials), num_initial_points=1, **options
        )
    oracle.verbose = 0
    oracle._set_project_dir(str(Path(tempfile.mkdtemp(dir=scratch))), "oracle")
    return oracle, first


class PlannedOracle(keras_tuner.oracles.BayesianOptimizationOracle):
    """KerasTuner's Bayesian oracle behind a plan, which never proposes a point twice, nor one of another worker."""

    def __init__(self, plan: Sequence[Any], part: Part, **options: Any) -> None:
        super().__init__(**options)
        self._plan, self._part = list(plan), part

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
        for _ in range(_MOST_COLLISIONS * self._part.share.of):
            if proposed["values"] is None:
                return proposed
            values = self._part.own(proposed["values"])
            if values is not None and space.point(values) not in tried:
                return {**proposed, "values": values}
            proposed = self._random_populate_space()
        return {"status": "STOPPED", "values": None}


class BudgetHyperband(keras_tuner.oracles.HyperbandOracle):
    """KerasTuner's Hyperband for a number of trials, with brackets of one worker's points.

    A bracket draws all of its points before the best of them go on. So one begins only if what is left of the budget
    fills it; else a smaller one does, the last of which trains every point to the end and may be cut anywhere.
    """

    def __init__(self, part: Part, budget: int, **options: Any) -> None:
        self._part, self._budget = part, budget
        super().__init__(hyperband_iterations=None, **options)  # as many as the budget holds

    @property
    def _left(self) -> int:
        return self._budget - sum(not trial.hyperparameters.values["tuner/round"] for trial in self.trials.values())

    def _start_new_bracket(self) -> None:
        while self._current_bracket and self._get_size(self._current_bracket, 0) > self._left:
            self._increment_bracket_num()
        super()._start_new_bracket()

    def _random_trial(self, trial_id: str, bracket: dict[str, Any]) -> dict[str, Any]:
        if self._left:
            proposed: dict[str, Any] = super()._random_trial(trial_id, bracket)
            return proposed
        return {"status": "IDLE" if self.ongoing_trials else "STOPPED"}

    def _random_values(self) -> _Values | None:
        for _ in range(_MOST_COLLISIONS * self._part.share.of):
            drawn = super()._random_values()
            values = None if drawn is None else self._part.own(drawn)
            if drawn is None or values is not None:
                return values
        return None
