"""The search for one backbone: an oracle of KerasTuner proposes, the bench tries.

Everything in it is decided by its seed, so a search that was killed is resumed by running it again: the oracle
proposes the same points, those that were finished are answered from the state, and the one that ran goes on after its
last epoch. KerasTuner's own state is scratch: its files are not written atomically.

So can several workers divide a search, each with its share and its own state, and no word to the others: see shares.py.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras
from sklearn.exceptions import ConvergenceWarning

from tuning import halving, oracle, space
from tuning.backbones import Backbone
from tuning.bench import Bench, Stops
from tuning.features import FeatureSource
from tuning.files import Files
from tuning.halving import Halving
from tuning.model import Hyperparameters
from tuning.shares import WHOLE, Share
from tuning.trial import TrialSettings
from tuning.trial_results import TrialResult, describe


class SearchFailedError(Exception):
    """No trial of the search could be completed; the text carries the first cause. results: these trials."""

    def __init__(self, text: str, results: tuple[TrialResult, ...] = ()) -> None:
        super().__init__(text)
        self.results = results


@dataclass(frozen=True)
class SearchSettings:
    """What is searched, and for how long. halving: None lets every trial run to its end."""

    space: space.Space
    trials: int  # of all workers together
    trial: TrialSettings
    oracle: oracle.OracleName = "bayesian"
    halving: Halving | None = None
    share: Share = WHOLE  # of the trials


# Trial number from 1, trials of this share, what is being done, best score so far.
OnTrial = Callable[[int, int, str, float | None], None]


def search(
    network: Callable[[int], keras.Model], backbone: Backbone, source: FeatureSource, classes: int,
    settings: SearchSettings, files: Files, on_trial: OnTrial = lambda _n, _total, _text, _best: None,
) -> tuple[TrialResult, ...]:  # fmt: skip
    """Try points of the space and score each on the validation split; trials in the order in which they were tried.

    network: gives the backbone with its starting weights for a side; it is not changed. files: the state; give the same
    one to resume. Fewer trials than asked for if the space has fewer points.
    Raises ValueError if a depth exceeds the backbone's stages, before anything is trained, and SearchFailedError if
    every trial failed or other workers have all points of the space.
    """
    for depth in settings.space.unfrozen_stages:
        backbone.check_depth(depth)
    bench = Bench(network, backbone, source, classes, settings.trial, max(settings.space.head_width), files)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        # Scores that are all alike leave the oracle's model of them without a scale: nobody can act on that.
        warnings.simplefilter("ignore", ConvergenceWarning)
        results = _Run(bench, backbone, settings, scratch, on_trial).results()
    if not results:
        raise SearchFailedError(f"The space has no point left for worker {settings.share.number} of {backbone.name}.")
    if all(result.score is None for result in results):
        first = f"All {len(results)} trials of {backbone.name} failed. The first: {results[0].reason}."
        raise SearchFailedError(first, results)
    return results


class _Run:
    """One pass of the oracle's loop."""

    def __init__(
        self, bench: Bench, backbone: Backbone, settings: SearchSettings, scratch: str, on_trial: OnTrial
    ) -> None:  # fmt: skip
        rule = settings.halving or Halving()
        self._oracle, self._first = oracle.make(
            settings.oracle, settings.space, settings.trials, settings.trial.epochs, backbone.usual_rate,
            settings.trial.objective, settings.trial.seed, rule.factor, scratch, settings.share,
        )  # fmt: skip
        self._trials = settings.share.count(settings.trials)
        self._bench, self._settings, self._on_trial = bench, settings, on_trial
        self._results: dict[Hyperparameters, TrialResult] = {}

    def results(self) -> tuple[TrialResult, ...]:
        self._together([space.point(values) for values in self._first])
        for trial in self._asked():
            values = trial.hyperparameters.values
            point = space.point(values)
            self._tell(trial, self._try(point, values.get(oracle.EPOCHS)))
        epochs = self._settings.trial.epochs  # Hyperband leaves trials before they had so many
        return tuple(
            replace(result, stopped=result.stopped or not (result.settled or len(result.curve) == epochs))
            for result in self._results.values()
        )

    def _asked(self) -> Iterator[Any]:
        """Trials as the oracle proposes them; the random one is asked for all, so that the cheap ones come first."""
        if self._settings.oracle != "random":
            while (trial := self._oracle.create_trial("search")).status == "RUNNING":
                yield trial
            return
        every = [self._oracle.create_trial(f"search-{number}") for number in range(self._settings.trials)]
        known = [(trial, space.point(trial.hyperparameters.values)) for trial in every if trial.status == "RUNNING"]
        # Dealt out by depth: none shall have all the dear ones.
        own = self._settings.share.dealt(sorted(known, key=lambda pair: pair[1].unfrozen_stages))
        self._together([point for _, point in own if not point.unfrozen_stages])
        yield from (trial for trial, _ in own)

    def _together(self, points: list[Hyperparameters]) -> None:
        if points:
            self._bench.run_together(points, lambda text: self._say(1, text), self._stops(points[0]))

    def _try(self, point: Hyperparameters, until: int | None) -> TrialResult:
        number = len(self._results) + (point not in self._results)
        self._say(number, describe(point))
        result = self._bench.run(point, lambda text: self._say(number, text), until, self._stops(point))
        self._results[point] = result
        stopped = f" after {len(result.curve)} epochs, stopped" if result.stopped else ""
        self._say(number, result.reason or f"scored {result.score:.3f}{stopped}")
        return result

    def _stops(self, point: Hyperparameters) -> Stops:
        """Whether a trial of the point ends early, to be asked with its curve."""
        rule = self._settings.halving
        if rule is None or self._settings.oracle == "hyperband":
            return lambda _curve: False
        if not point.unfrozen_stages:
            return halving.is_perfect
        others = [
            result.curve for other, result in self._results.items()
            if other.unfrozen_stages and other.augmentation == point.augmentation
        ]  # fmt: skip
        return lambda curve: halving.stops(rule, curve, others)

    def _tell(self, trial: Any, result: TrialResult) -> None:
        if result.score is None:
            trial.status, trial.message = "FAILED", result.reason
        else:
            self._oracle.update_trial(trial.trial_id, {self._oracle.objective.name: result.score})
            trial.status = "COMPLETED"
        self._oracle.end_trial(trial)

    def _say(self, number: int, text: str) -> None:
        scores = [result.score for result in self._results.values() if result.score is not None]
        self._on_trial(number, self._trials, text, max(scores, default=None))
