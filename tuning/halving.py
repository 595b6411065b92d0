"""When a trial is stopped early: asynchronous successive halving, on the best validation score so far.

A trial is measured at rungs: after min_epochs, min_epochs * factor, min_epochs * factor^2 ... epochs. There it goes on
only if its best score so far is among the best 1/factor of all trials of this backbone that have been at this rung,
itself included (rounded up: of fewer than factor + 1 the best one goes on). Equal scores go on. So a trial that is
stopped was beaten at the same age, and the best score of the search is never one that was stopped.

A trial that has the greatest score there is ends at once: no epoch can add to its best. At later rungs it counts as if
it had gone on, so that the search decides and scores as it would have done. Heads that train together with it end with
it: they could only come as far.

Trials are judged in the order in which they were proposed, against those before them: nothing waits for stragglers, and
a search that is resumed decides the same again. Head-only trials are not measured: their steps cost a fraction of a
deep one's. Nor are deep trials measured against them: a head on constant features learns in its first epochs what
unfrozen stages reach, and pass, later. For the same reason a trial is measured against those of the same augmentation
alone: images that change are learned later, and then better.
Source: Li et al. 2020, https://arxiv.org/abs/1810.05934, in the stopping variant of section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuning import objective


@dataclass(frozen=True)
class Halving:
    """factor: of the trials at a rung one in so many goes on. min_epochs: the first rung."""

    factor: int = 3
    min_epochs: int = 2


def stops(rule: Halving, curve: Sequence[float], others: Sequence[Sequence[float]]) -> bool:
    """Whether a trial stops after the last epoch of its curve. others: the curves of the trials before it."""
    if is_perfect(curve):
        return True
    epochs = len(curve)
    if not is_rung(rule, epochs):
        return False
    score = max(curve)
    measured = [max(other[:epochs]) for other in others if len(other) >= epochs or is_perfect(other)]
    better = sum(one > score for one in measured)
    return better >= math.ceil((len(measured) + 1) / rule.factor)


def is_perfect(curve: Sequence[float]) -> bool:
    """Whether a trial has the greatest score there is."""
    return max(curve, default=0.0) >= objective.GREATEST


def is_rung(rule: Halving, epochs: int) -> bool:
    """Whether trials are measured after so many epochs."""
    rung = rule.min_epochs
    while rung < epochs:
        rung *= rule.factor
    return rung == epochs
