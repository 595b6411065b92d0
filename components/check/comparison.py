"""Measures how far the images of a snapshot lie from those that the champion learned from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.artifacts import Drift, NewDrift, NumberDrift, ShareDrift
from components.check.census import Census
from components.check.figures import BINS, Histogram
from components.check.spread import Spread
from components.drift import index_noise, population_stability_index, total_variation, total_variation_noise

NAMES = 20  # brands or sources whose shares are kept, the largest of both sides
DRAWN = 32  # bins of a drawing


def measure(now: Census, then: Census, version: int, snapshot_id: str) -> Drift:
    """Distributions of brands, sources and pictures on both sides. then: the census of the champion's snapshot.

    now: its new images are those that the champion's snapshot lacks. They are compared by themselves, too: among a
    hundred million old ones, a million from another source or with a cast of colour would not be seen.
    Figures that were measured on one side only are left out; see unmeasured.
    """
    images = sum(now.new.images.values())
    new = NewDrift(images=images, shares=_shares(now.new, then), numbers=_numbers(now.new, then)) if images else None
    return Drift(
        champion_version=version, snapshot_id=snapshot_id, images=sum(then.images.values()),
        shares=_shares(now, then), numbers=_numbers(now, then), new=new,
    )  # fmt: skip


def _shares(now: Spread, then: Spread) -> tuple[ShareDrift, ...]:
    return _share("brand", then.by(0), now.by(0)), _share("source", then.by(1), now.by(1))


def _numbers(now: Spread, then: Spread) -> tuple[NumberDrift, ...]:
    pictures, before = now.pictures.histograms(), then.pictures.histograms()
    return tuple(
        _number(before[name], found) for name, found in pictures.items() if found.images and before[name].images
    )


def _share(of: str, then: Mapping[str, int], now: Mapping[str, int]) -> ShareDrift:
    shares_now, shares_then = _fractions(now), _fractions(then)
    names = sorted({*now, *then}, key=lambda name: (-max(shares_now.get(name, 0), shares_then.get(name, 0)), name))
    return ShareDrift(
        of=of,
        now={name: shares_now.get(name, 0.0) for name in names[:NAMES]},
        then={name: shares_then.get(name, 0.0) for name in names[:NAMES]},
        distance=total_variation(then, now),
        noise=total_variation_noise(then, now),
    )


def _fractions(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()} if total else {}


def _number(then: Histogram, now: Histogram) -> NumberDrift:
    tenths = then.tenths()
    before, after = dict(enumerate(then.within(tenths))), dict(enumerate(now.within(tenths)))
    places = _drawn(then, now)
    return NumberDrift(
        of=then.figure.name, unit=then.figure.unit, edges=tuple(now.edges(places)),
        now=tuple(count / now.images for count in now.within(places)),
        then=tuple(count / then.images for count in then.within(places)),
        mean_now=now.mean, mean_then=then.mean, index=population_stability_index(before, after),
        noise=index_noise(len(before), then.images, now.images),
    )  # fmt: skip


def _drawn(then: Histogram, now: Histogram) -> list[int]:
    """Borders of equal bins that span what both sides hold."""
    held = np.flatnonzero(then.counts + now.counts)
    first, last = int(held[0]), int(held[-1]) + 1
    step = max(1, -(-(last - first) // DRAWN))
    return [*range(first, last, step), min(BINS, first + -(-(last - first) // step) * step)]
