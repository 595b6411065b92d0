"""What is tried before a Gaussian process proposes anything: a plan that knows what a trial costs.

Head-only trials first, a half of the budget, spread evenly over the space: they are trained together in a fraction of
one deep trial's time. Then the best head's values at each depth, the shallowest first: what suits the head on frozen
features is the best guess above unfrozen ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras_tuner

from tuning import space
from tuning.shares import Part, Share
from tuning.space import Space

Values = dict[str, Any]
Step = Values | Callable[[keras_tuner.Oracle], Values | None]  # a point, or what gives one from the scores so far


@dataclass(frozen=True)
class Plan:
    """One worker's. heads: the head-only points that it begins with. part: the points that may follow."""

    steps: list[Step]
    heads: list[Values]
    part: Part


def make(searched: Space, trials: int, seed: int, share: Share) -> Plan:
    """The plan of one worker, which fits into its share of the trials or exceeds it by depths that others try, too.

    One design of points is made for all workers, and dealt out.
    """
    if 0 in searched.unfrozen_stages:
        deep = [depth for depth in sorted(searched.unfrozen_stages) if depth]
        count = max(1, trials // 2) if deep else _initial(trials, share)
        design = space.sample(replace(searched, unfrozen_stages=(0,)), count, seed)
        if len(design) >= share.of:
            heads = share.dealt(design)
            part = Part(searched, share, [space.point(values) for values in design], by_head=True)
            return Plan([*heads, *_transfers(searched, _depths(deep, trials, design, share))], heads, part)
    # Without a head for every worker there is nothing to transfer: the points of all depths are dealt out.
    count = trials if 0 in searched.unfrozen_stages else _initial(trials, share)
    design = sorted(space.sample(searched, count, seed), key=lambda values: values["unfrozen_stages"])
    own = share.dealt(design)
    heads = [values for values in own if not values["unfrozen_stages"]]
    return Plan(list(own), heads, Part(searched, share, [space.point(values) for values in design]))


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


def _transfers(searched: Space, depths: Sequence[int]) -> list[Step]:
    """The best head's values at each depth, to be asked for when there is a best one."""
    rates = sorted(searched.backbone_rate)
    extra = {"backbone_rate": rates[len(rates) // 2]}

    def transferred(depth: int) -> Callable[[keras_tuner.Oracle], Values | None]:
        def values(oracle: keras_tuner.Oracle) -> Values | None:
            best = oracle.get_best_trials(1)
            return {**best[0].hyperparameters.values, **extra, "unfrozen_stages": depth} if best else None

        return values

    return [transferred(depth) for depth in depths]
