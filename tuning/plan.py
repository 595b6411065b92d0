"""What is tried before a Gaussian process proposes anything: a plan that knows what a trial costs.

Head-only trials first, a half of the budget, spread evenly over the space: they are trained together, by steps that
cost a fraction of a deep trial's. Then the best head's values at each depth, the shallowest first: what suits the head
on frozen features is the best guess above unfrozen ones, but for its rate. On features that stay as they are a head
bears ten times the rate that it does on features which move: with it, deep trainings fail, or succeed by chance. What
rate the stages bear depends on the images, and heads tell that, too: where learning stages end below the best head,
they have unlearned something, and the next depth is tried with a third of the rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras_tuner

from tuning import space
from tuning.shares import Part, Share
from tuning.space import Space

Values = dict[str, Any]
_HEAD_RATE = 1e-3  # AdamW's, above unfrozen stages at most
_OF_SGD = 10.0  # times AdamW's is a rate of SGD with momentum that does as much
_DEEP = 3  # one trial in so many has unfrozen stages, at least
_STEP = 3.0  # between rates of the stages that are told apart
Step = Values | Callable[[keras_tuner.Oracle], Values | None]  # a point, or what gives one from the scores so far


@dataclass(frozen=True)
class Plan:
    """One worker's. heads: the head-only points that it begins with. part: the points that may follow."""

    steps: list[Step]
    heads: list[Values]
    part: Part


def make(searched: Space, trials: int, usual_rate: float, seed: int, share: Share) -> Plan:
    """The plan of one worker, which fits into its share of the trials or exceeds it by depths that others try, too.

    One design of points is made for all workers, and dealt out. usual_rate: the backbone's.
    """
    if 0 in searched.unfrozen_stages:
        deep = [depth for depth in sorted(searched.unfrozen_stages) if depth]
        count = head_count(searched, trials) or _initial(trials, share)
        design = space.sample(replace(searched, unfrozen_stages=(0,)), count, seed)
        if len(design) >= share.of:
            heads = share.dealt(design)
            part = Part(searched, share, [space.point(values) for values in design], by_head=True)
            depths = _depths(deep, trials, design, share)
            more = max(0, math.ceil(share.count(trials) / _DEEP) - len(depths))
            transfers = _transfers(searched, usual_rate, part, depths)
            return Plan([*heads, *transfers, *_around(searched, part, more)], heads, part)
    # Without a head for every worker there is nothing to transfer: the points of all depths are dealt out.
    count = trials if 0 in searched.unfrozen_stages else _initial(trials, share)
    design = sorted(space.sample(searched, count, seed), key=lambda values: values["unfrozen_stages"])
    own = share.dealt(design)
    heads = [values for values in own if not values["unfrozen_stages"]]
    return Plan(list(own), heads, Part(searched, share, [space.point(values) for values in design]))


def head_count(searched: Space, trials: int) -> int:
    """How many head-only trials all workers' plans begin with; 0 if the space has none, or nothing else."""
    # More would cost little, and their best would be for the most part luckier: see docs/why-these-defaults.md.
    return max(1, trials // 2) if 0 in searched.unfrozen_stages and any(searched.unfrozen_stages) else 0


def _initial(trials: int, share: Share) -> int:
    # Keras's default would make a search of 10 trials random altogether; with a budget of 3 or fewer it is.
    return min(trials, max(3, trials // 2, share.of))


def _depths(deep: Sequence[int], trials: int, design: Sequence[Values], share: Share) -> list[int]:
    """The depths in the order in which the worker tries them: those that it must, then those that others try, too.

    Each takes up where the one before it stops, so that together they try as many depths as one worker would.
    """

    def room(one: Share) -> int:
        return min(len(deep), one.count(trials) - len(one.dealt(design)))

    start = sum(map(room, share.before()))
    its = sorted(deep[(start + number) % len(deep)] for number in range(room(share)))
    return [*its, *(depth for depth in deep if depth not in its)]


def _transfers(searched: Space, usual_rate: float, part: Part, depths: Sequence[int]) -> list[Step]:
    """The best head's values at each depth, to be asked for when there is a best one."""

    def transferred(depth: int) -> Callable[[keras_tuner.Oracle], Values | None]:
        def values(oracle: keras_tuner.Oracle) -> Values | None:
            best, rate = _best(oracle), usual_rate / _STEP ** _below_heads(oracle)
            return part.own({**gentle(best[0], searched, rate), "unfrozen_stages": depth}) if best else None

        return values

    return [transferred(depth) for depth in depths]


def _below_heads(oracle: keras_tuner.Oracle) -> int:
    """How many deep trials ended below the best head."""
    scored = [trial for trial in oracle.trials.values() if trial.score is not None]
    heads, deep = (
        [trial.score for trial in scored if bool(trial.hyperparameters.values["unfrozen_stages"]) == unfrozen]
        for unfrozen in (False, True)
    )
    return sum(score < max(heads, default=-math.inf) for score in deep)


def _around(searched: Space, part: Part, count: int) -> list[Step]:
    """The best deep trial's values with one of them changed of which heads tell nothing, or too little."""

    def values(oracle: keras_tuner.Oracle) -> Values | None:
        best = next((values for values in _best(oracle) if values["unfrozen_stages"]), None)
        tried = {space.point(trial.hyperparameters.values) for trial in oracle.trials.values()}
        points = {space.point(one): one for one in _beside(best, searched)} if best else {}
        return next((one for point, one in points.items() if point not in tried and part.has(point)), None)

    return [values] * count


def _beside(values: Values, searched: Space) -> list[Values]:
    """The next greater share of the rate, the next stronger augmentation, the next smaller share, if there are.

    Heads cannot make use of augmentation as unfrozen stages can, which without it learn few images by heart.
    """
    shares, strengths = sorted(set(searched.backbone_rate)), searched.augmentation
    at, strength = shares.index(values["backbone_rate"]), strengths.index(values["augmentation"])
    return [
        *({**values, "backbone_rate": share} for share in shares[at + 1 : at + 2]),
        *({**values, "augmentation": stronger} for stronger in strengths[strength + 1 : strength + 2]),
        *({**values, "backbone_rate": share} for share in shares[max(at - 1, 0) : at]),
    ]


def _best(oracle: keras_tuner.Oracle) -> list[Values]:
    """The values of all trials that have a score, the best first."""
    return [trial.hyperparameters.values for trial in oracle.get_best_trials(len(oracle.trials))]


def gentle(values: Values, searched: Space, stages_rate: float) -> Values:
    """Values with rates that suit unfrozen stages: the head's no higher than usual, theirs as near as can be to one.

    stages_rate: that one, for AdamW; with SGD ten times as much is meant.
    """
    optimizer = values.get("optimizer", "adamw")
    name, times = space.RATES[optimizer], _OF_SGD if optimizer == "sgd" else 1.0
    of_head, of_backbone = times * _HEAD_RATE, times * stages_rate
    lowest, _ = getattr(searched, name)
    rate = min(values[name], max(of_head, lowest))
    # On a log scale, as rates are searched; a share of 0 is as far away as can be.
    share = min(searched.backbone_rate, key=lambda share: abs(math.log(max(share, 1e-12) * rate / of_backbone)))
    return {**values, name: rate, "backbone_rate": share}
