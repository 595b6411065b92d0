"""How far two distributions over categories lie apart, and how much of it chance alone would do. Pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

Category = TypeVar("Category", bound=Hashable)
RARE = 1e-3  # what chance alone does more seldom is taken for a difference
DRAWS = 2000
RARE_DEVIATIONS = 3.090  # standard deviations that a normal variable exceeds as seldom
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


def total_variation_noise(before: Mapping[Category, int], now: Mapping[Category, int]) -> float:
    """What the total variation of two draws from one distribution exceeds with a chance of about RARE.

    before, now: as for total_variation. Returns a fraction in [0, 1]; 1 if one side has no images.
    Both sides are drawn DRAWS times from the shares of all images together: the same numbers for the same counts.
    """
    first, second = sum(before.values()), sum(now.values())
    if not first or not second:
        return 1.0
    counts = np.array([before.get(name, 0) + now.get(name, 0) for name in sorted({*before, *now}, key=repr)], float)
    random, shares = np.random.default_rng(0), counts / counts.sum()
    distances = [
        np.abs(random.multinomial(first, shares) / first - random.multinomial(second, shares) / second).sum() / 2
        for _ in range(DRAWS)
    ]
    return float(np.quantile(distances, 1 - RARE))


def index_noise(bins: int, before: int, now: int) -> float:
    """What the population stability index of two draws from one distribution exceeds with a chance of about RARE.

    bins: of the index, at least 1. before, now: images on both sides; infinite if one has none.
    Of equal distributions the index is nearly (1 / before + 1 / now) times a chi-squared variable of bins - 1 degrees,
    whose quantile follows Wilson and Hilferty.
    Source: Yurdakul 2018, Statistical properties of the population stability index, chapter 3.
    """
    degrees = bins - 1
    if not before or not now or not degrees:
        return math.inf if degrees else 0.0
    ninth = 2 / (9 * degrees)
    return degrees * (1 - ninth + RARE_DEVIATIONS * math.sqrt(ninth)) ** 3 * (1 / before + 1 / now)
