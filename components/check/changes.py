"""What is to be said of how this snapshot differs from the one that the champion learned from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from components.artifacts import Drift, Finding, NewDrift, NumberDrift, ShareDrift
from components.check.census import Census
from components.check.wording import NO_SOURCE, bar, listed
from components.config import CheckConfig

LOOK = "If the pictures are right, let a new model learn from them; if not, look at what was collected since."


def drifted(drift: Drift, policy: CheckConfig) -> Iterable[Finding]:
    """A warning for each distribution that differs by more than its bar and by more than chance.

    Of new images, only what the comparison of all images has not told already.
    """
    champion = f"the champion (version {drift.champion_version})"
    shares = [item for item in drift.shares if item.distance > max(policy.max_share_drift, item.noise)]
    for share in shares:
        yield _share_finding("", share, policy, f"of the images lie in other {share.of}s than when {champion} learned")
    numbers = [item for item in drift.numbers if item.index > max(policy.max_number_drift, item.noise)]
    if numbers:
        yield _number_finding("", numbers, policy, f"Pictures look different from those that {champion} learned from")
    if drift.new and drift.new.images >= policy.min_files_to_judge:
        told = {share.of for share in shares} | {number.of for number in numbers}
        yield from _new(drift.new, told, policy, f"{drift.new.images} images that came since {champion} learned")


def _new(new: NewDrift, told: Collection[str], policy: CheckConfig, came: str) -> Iterable[Finding]:
    for share in new.shares:
        if share.of not in told and share.distance > max(policy.max_new_share_drift, share.noise):
            yield _share_finding("new_", share, policy, f"of the {came} lie in other {share.of}s than those before")
    least = policy.max_new_number_drift
    numbers = [item for item in new.numbers if item.of not in told and item.index > max(least, item.noise)]
    if numbers:
        yield _number_finding("new_", numbers, policy, f"The {came} look different from those before")


def _share_finding(new: str, share: ShareDrift, policy: CheckConfig, what: str) -> Finding:
    key = f"max_{new}share_drift"
    return Finding(
        code=f"{new}{share.of}_drift",
        message=f"{share.distance:.0%} {what}: {_moved(share)}.",
        remedy=f"{LOOK} {bar(policy, key)}",
        setting=f"check.{key}",
    )


def _number_finding(new: str, numbers: Sequence[NumberDrift], policy: CheckConfig, what: str) -> Finding:
    key = f"max_{new}number_drift"
    worst = sorted(numbers, key=lambda item: -item.index)
    means = [f"{item.of} {item.mean_then:.3g} to {item.mean_now:.3g} (index {item.index:.2f})" for item in worst]
    return Finding(
        code=f"{new}picture_drift",
        message=f"{what}; mean {listed(means)}.",
        remedy=f"{LOOK} {bar(policy, key)}",
        setting=f"check.{key}",
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


def _moved(share: ShareDrift) -> str:
    names = sorted(share.now, key=lambda name: -abs(share.now[name] - share.then[name]))
    return listed([f"{name or NO_SOURCE} {share.then[name]:.0%} to {share.now[name]:.0%}" for name in names])
