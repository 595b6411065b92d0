"""How this snapshot differs from the one that the champion learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from components.artifacts import Drift, Finding, NumberDrift, ShareDrift
from components.check.census import Census
from components.check.figures import BINS, Histogram
from components.check.wording import NO_SOURCE, bar, listed
from components.config import CheckConfig
from components.drift import index_noise, population_stability_index, total_variation, total_variation_noise

NAMES = 20  # brands or sources whose shares are kept, the largest of both sides
DRAWN = 32  # bins of a drawing
LOOK = "If the pictures are right, let a new model learn from them; if not, look at what was collected since."


def measure(now: Census, then: Census, version: int, snapshot_id: str) -> Drift:
    """Distributions of brands, sources and pictures on both sides. then: the census of the champion's snapshot.

    Figures that were measured on one side only are left out; see unmeasured.
    """
    pictures, before = now.pictures.histograms(), then.pictures.histograms()
    return Drift(
        champion_version=version,
        snapshot_id=snapshot_id,
        images=sum(then.images.values()),
        shares=(_share("brand", then.by(0), now.by(0)), _share("source", then.by(1), now.by(1))),
        numbers=tuple(
            _number(before[name], found) for name, found in pictures.items() if found.images and before[name].images
        ),
    )


def drifted(drift: Drift, policy: CheckConfig) -> Iterable[Finding]:
    """A warning for each distribution that differs by more than its bar and by more than chance."""
    for share in drift.shares:
        if share.distance > max(policy.max_share_drift, share.noise):
            yield Finding(
                code=f"{share.of}_drift",
                message=f"{share.distance:.0%} of the images lie in other {share.of}s than when the champion (version "
                f"{drift.champion_version}) learned: {_moved(share)}.",
                remedy=f"{LOOK} {bar(policy, 'max_share_drift')}",
                setting="check.max_share_drift",
            )
    numbers = [item for item in drift.numbers if item.index > max(policy.max_number_drift, item.noise)]
    if numbers:
        worst = sorted(numbers, key=lambda item: -item.index)
        names = listed(
            [f"{item.of} {item.mean_then:.3g} to {item.mean_now:.3g} (index {item.index:.2f})" for item in worst]
        )
        yield Finding(
            code="picture_drift",
            message=f"Pictures look different from those that the champion (version {drift.champion_version}) learned "
            f"from; mean {names}.",
            remedy=f"{LOOK} {bar(policy, 'max_number_drift')}",
            setting="check.max_number_drift",
        )


def unmeasured(now: Census, then: Census) -> Iterable[Finding]:
    """A remark on figures of pictures that one of the snapshots does not know."""
    pictures, before = now.pictures.histograms(), then.pictures.histograms()
    unknown = [name for name in pictures if not (pictures[name].images and before[name].images)]
    if unknown:
        where = "the champion's snapshot" if all(pictures[name].images for name in unknown) else "this snapshot"
        yield Finding(
            code="drift_unmeasured",
            severity="remark",
            message=f"Drift of {', '.join(unknown)} is not measured: {where} does not hold these figures.",
            remedy="Snapshots of this version of brandlens hold them; there is nothing to do.",
        )


def champion_saw_test(now: Census, then: Census, version: int) -> Iterable[Finding]:
    """A warning if the champion learned from images that it is now judged by."""
    tested, learned = now.ids.within("test"), then.ids.within("train", "validation")
    both = len(np.intersect1d(tested, learned, assume_unique=True))
    if both:
        yield Finding(
            code="champion_saw_test",
            message=f"The champion (version {version}) learned from {both} of the {len(tested)} test images: its score "
            "is too good, and a better model may be kept out.",
            remedy="It was trained with another split: keep data.split_salt and data.split as they were, or promote "
            "the new model by hand.",
            setting="data.split_salt",
        )


def _share(of: str, then: Mapping[str, int], now: Mapping[str, int]) -> ShareDrift:
    shares_now, shares_then = _shares(now), _shares(then)
    names = sorted({*now, *then}, key=lambda name: (-max(shares_now.get(name, 0), shares_then.get(name, 0)), name))
    return ShareDrift(
        of=of,
        now={name: shares_now.get(name, 0.0) for name in names[:NAMES]},
        then={name: shares_then.get(name, 0.0) for name in names[:NAMES]},
        distance=total_variation(then, now),
        noise=total_variation_noise(then, now),
    )


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
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


def _moved(share: ShareDrift) -> str:
    names = sorted(share.now, key=lambda name: -abs(share.now[name] - share.then[name]))
    return listed([f"{name or NO_SOURCE} {share.then[name]:.0%} to {share.now[name]:.0%}" for name in names])
