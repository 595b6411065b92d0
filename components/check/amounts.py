"""Are there images enough of every brand, on every side of the split?"""

from __future__ import annotations

from collections.abc import Iterable

from components.artifacts import SPLITS, Finding, Snapshot
from components.check.wording import bar, named
from components.config import CheckConfig


def too_few_brands(snapshot: Snapshot) -> Iterable[Finding]:
    """An error if fewer than two brands are left."""
    left = {label: count for label, count in _totals(snapshot).items() if count}
    if len(left) < 2:
        message = f"Only {len(left)} of {len(snapshot.labels)} brands have usable images: {named(left) or 'none'}."
        yield Finding(
            code="too_few_brands",
            severity="error",
            message=message,
            remedy="Telling brands apart needs two; see the quarantined images for what was refused, and why.",
            setting="data.classes",
        )


def too_few_images(snapshot: Snapshot, policy: CheckConfig) -> Iterable[Finding]:
    """An error for each bar of images that some brands miss."""
    counts = snapshot.counts
    bars = {
        "in all": (_totals(snapshot), "min_images_per_class"),
        "to train on": (counts["train"], ""),
        "in validation": (counts["validation"], "min_validation_images_per_class"),
        "in test": (counts["test"], "min_test_images_per_class"),
    }
    for where, (present, key) in bars.items():
        least = getattr(policy, key) if key else 1
        few = {label: count for label, count in present.items() if count < least}
        if few:
            advice = f", lower check.{key} (now {least})" if key else ", raise data.split.train"
            yield Finding(
                code=f"too_few_images_{where.replace(' ', '_')}",
                severity="error",
                message=f"{len(few)} of {len(present)} brands have under {least} images {where}: {named(few)}.",
                remedy=f"Add images or groups{advice}, or leave these brands out with data.classes.",
                setting=f"check.{key}" if key else "data.split.train",
            )


def imbalance(snapshot: Snapshot, policy: CheckConfig) -> Iterable[Finding]:
    """A warning if the largest brand has many times the images of the smallest."""
    totals = {label: count for label, count in _totals(snapshot).items() if count}
    if len(totals) < 2:
        return
    small, large = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
    ratio = totals[large] / totals[small]
    if ratio > policy.max_imbalance:
        yield Finding(
            code="imbalance",
            message=f"{large} has {totals[large]} images, {small} has {totals[small]}: {ratio:.1f} times as many.",
            remedy=f"Add images of {small}; what it scores is uncertain. {bar(policy, 'max_imbalance')}",
            setting="check.max_imbalance",
        )


def _totals(snapshot: Snapshot) -> dict[str, int]:
    return {label: sum(snapshot.counts[split][label] for split in SPLITS) for label in snapshot.labels}
