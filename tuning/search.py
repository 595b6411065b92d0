"""The search for one backbone: KerasTuner proposes, trial.py tries. The only module that runs KerasTuner.

Everything in it is decided by its seed, so a search that was killed is resumed by running it again: the oracle
proposes the same points, and those that were finished are answered from the state folder. KerasTuner's own state is
scratch: its files are not written atomically.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning

from tuning import objective, space
from tuning.backbones import Backbone
from tuning.bench import Bench, TrialResult, describe
from tuning.trial import TrialSettings


class SearchFailedError(Exception):
    """No trial of the search could be completed; the text carries the first cause."""


@dataclass(frozen=True)
class SearchSettings:
    """What is searched, and for how long."""

    space: space.Space
    trials: int
    trial: TrialSettings


# Trial number from 1, trials in all, what is being done, best score so far.
OnTrial = Callable[[int, int, str, float | None], None]


def search(
    network: keras.Model, backbone: Backbone, training: tf.data.Dataset, validation: tf.data.Dataset, classes: int,
    settings: SearchSettings, state_folder: str, on_trial: OnTrial = lambda _n, _total, _text, _best: None,
) -> tuple[TrialResult, ...]:  # fmt: skip
    """Try points of the space and score each on the validation split; trials in the order in which they were proposed.

    network: weights.load's, of the backbone. training, validation: datasets of (image uint8, label), neither batched
    nor shuffled. state_folder: finished trials; give the same one to resume. Fewer trials than asked for if the space
    has fewer points.
    Raises ValueError if a depth exceeds the backbone's stages, before anything is trained, and SearchFailedError if
    every trial failed.
    """
    for depth in settings.space.unfrozen_stages:
        backbone.check_depth(depth)
    Path(state_folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(network, backbone, training, validation, classes, settings.trial, state_folder, scratch)
        tuner = _Tuner(bench, settings, scratch, on_trial)
        try:
            with warnings.catch_warnings():
                # Scores that are all alike leave the oracle's model of them without a scale: nobody can act on that.
                warnings.simplefilter("ignore", ConvergenceWarning)
                tuner.search(verbose=0)
        except keras_tuner.errors.FatalError as error:
            raise (error.__cause__ or error) from None
    if all(result.score is None for result in tuner.results):
        raise SearchFailedError(
            f"All {len(tuner.results)} trials of {backbone.name} failed. The first: {tuner.results[0].reason}."
        )
    return tuple(tuner.results)


class _Tuner(keras_tuner.engine.base_tuner.BaseTuner):
    """KerasTuner's loop around the bench."""

    def __init__(self, bench: Bench, settings: SearchSettings, scratch: str, on_trial: OnTrial) -> None:
        self.results: list[TrialResult] = []
        self._bench, self._total, self._on_trial = bench, settings.trials, on_trial
        oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective(settings.trial.objective, objective.DIRECTION),
            max_trials=settings.trials,
            # The first half at random. Keras's default of 12 would make a search of 10 trials random altogether; with
            # a budget of 3 or fewer it is.
            num_initial_points=max(3, settings.trials // 2),
            seed=settings.trial.seed,
            hyperparameters=space.declare(settings.space),
            max_consecutive_failed_trials=settings.trials + 1,  # that all failed is our own error, with its cause
        )
        super().__init__(oracle, hypermodel=None, directory=scratch, project_name="oracle", overwrite=True)

    def run_trial(self, trial: Any, *_args: Any, **_kwargs: Any) -> dict[str, float]:
        """Called by KerasTuner. A failed trial ends itself; any other error ends the search."""
        number = len(self.results) + 1
        try:
            point = space.point(trial.hyperparameters.values)
            self._say(number, describe(point))
            result = self._bench.run(point, lambda text: self._say(number, text))
        except Exception as error:
            raise keras_tuner.errors.FatalError(str(error)) from error
        self.results.append(result)
        self._say(number, result.reason or f"scored {result.score:.3f}")
        if result.score is None:
            raise keras_tuner.errors.FailedTrialError(result.reason)
        return {self.oracle.objective.name: result.score}

    def _say(self, number: int, text: str) -> None:
        scores = [result.score for result in self.results if result.score is not None]
        self._on_trial(number, self._total, text, max(scores, default=None))
