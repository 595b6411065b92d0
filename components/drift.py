"""How far two distributions over categories lie apart. Pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

Category = TypeVar("Category", bound=Hashable)
LEAST_SHARE = 1e-4  # an absent category counts as this share, or one new name would weigh infinitely


def total_variation(before: Mapping[Category, int], now: Mapping[Category, int]) -> float:
    """The share of images that would have to change category for both to be distributed alike.

    before, now: category -> images, not negative; a category that is not named has none.
    Returns a fraction in [0, 1]: 0 for equal shares, 1 for nothing in common. If one side has no images at all
    it is 1, if both have none 0.
    """
    first, second = sum(before.values()), sum(now.values())
    if not first or not second:
        return float(first != second)
    names = before.keys() | now.keys()
    return sum(abs(before.get(name, 0) / first - now.get(name, 0) / second) for name in names) / 2


def population_stability_index(before: Mapping[Category, int], now: Mapping[Category, int]) -> float:
    """The sum over categories of (now - before) x ln(now / before), in shares.

    before, now: as for total_variation. Returns a number from 0 upwards; by custom under 0.1 is stable and above 0.25
    has shifted. A category that is absent on one side counts there as LEAST_SHARE. If one side has no images at all
    it is infinite, if both have none 0.
    Source: Siddiqi 2006, Credit Risk Scorecards, chapter 8.
    """
    first, second = sum(before.values()), sum(now.values())
    if not first or not second:
        return math.inf if first != second else 0.0
    total = 0.0
    for name in before.keys() | now.keys():
        old = max(before.get(name, 0) / first, LEAST_SHARE)
        new = max(now.get(name, 0) / second, LEAST_SHARE)
        total += (new - old) * math.log(new / old)
    return total
