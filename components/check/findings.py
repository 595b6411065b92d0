"""What is wrong with a snapshot: pure judgement of its counts and rows by the check policy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from components.artifacts import SPLITS, Finding, Findings, Snapshot
from components.config import CheckConfig
from components.manifest import ADMITTED, Row

SHOWN = 5  # names in one message


def examine(snapshot: Snapshot, rows: Sequence[Row], policy: CheckConfig) -> Findings:
    """All findings: errors, after which nothing should be trained, and warnings, which a person should read.

    rows: the snapshot's whole manifest.
    """
    admitted = [row for row in rows if row.status == ADMITTED]
    errors = [
        *_too_few_brands(snapshot),
        *_too_few_images(snapshot, policy),
        *_leaks(admitted, "leaked_group", "group", lambda row: row.group),
        *_leaks(admitted, "leaked_image", "image", lambda row: row.id),
    ]
    warnings = [
        *_leaks(admitted, "equal_pixels", "picture (as differently encoded files)", lambda row: row.stored),
        *_imbalance(snapshot, policy),
        *_quarantine(snapshot, rows, policy),
        *_one_source(admitted),
    ]
    return Findings(snapshot_id=snapshot.snapshot_id, errors=tuple(errors), warnings=tuple(warnings))


def _totals(snapshot: Snapshot) -> dict[str, int]:
    return {label: sum(snapshot.counts[split][label] for split in SPLITS) for label in snapshot.labels}


def _named(counts: Mapping[str, int]) -> str:
    """Names with their counts, smallest first: "acme (4), zeta (11) and 3 more"."""
    ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(f"{name} ({count})" for name, count in ordered[:SHOWN]) + more


def _too_few_brands(snapshot: Snapshot) -> Iterable[Finding]:
    left = {label: count for label, count in _totals(snapshot).items() if count}
    if len(left) < 2:
        message = f"Only {len(left)} of {len(snapshot.labels)} brands have usable images: {_named(left) or 'none'}."
        yield Finding(
            code="too_few_brands",
            message=message,
            remedy="Telling brands apart needs two; see the quarantined images for what was refused, and why.",
        )


def _too_few_images(snapshot: Snapshot, policy: CheckConfig) -> Iterable[Finding]:
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
            setting = f", lower check.{key} (now {least})" if key else ", raise data.split.train"
            yield Finding(
                code=f"too_few_images_{where.replace(' ', '_')}",
                message=f"{len(few)} of {len(present)} brands have under {least} images {where}: {_named(few)}.",
                remedy=f"Add images or groups{setting}, or leave these brands out with data.classes.",
            )


def _leaks(rows: Iterable[Row], code: str, what: str, key: Callable[[Row], str]) -> Iterable[Finding]:
    """Things that lie on more than one side of the split: the test would then ask what training has told."""
    sides: dict[str, set[str]] = defaultdict(set)
    paths: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        sides[key(row)].add(row.split)
        paths[key(row)].append(row.path)
    leaked = {name: len(paths[name]) for name, found in sorted(sides.items()) if len(found) > 1}
    if leaked:
        example = next(iter(leaked))
        yield Finding(
            code=code,
            message=f"{len(leaked)} times the same {what} lies in more than one split, "
            f"for example {' and '.join(paths[example][:2])}.",
            remedy="Remove one of each, or change data.split_salt to divide everything anew.",
        )


def _imbalance(snapshot: Snapshot, policy: CheckConfig) -> Iterable[Finding]:
    totals = {label: count for label, count in _totals(snapshot).items() if count}
    if len(totals) < 2:
        return
    small, large = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
    ratio = totals[large] / totals[small]
    if ratio > policy.max_imbalance:
        yield Finding(
            code="imbalance",
            message=f"{large} has {totals[large]} images, {small} has {totals[small]}: {ratio:.1f} times as many.",
            remedy=f"Add images of {small}; what it scores is uncertain. "
            f"The bar is check.max_imbalance (now {policy.max_imbalance:g}).",
        )


def _quarantine(snapshot: Snapshot, rows: Sequence[Row], policy: CheckConfig) -> Iterable[Finding]:
    refused = sum(snapshot.quarantined.values())
    share = refused / len(rows) if rows else 0.0
    if share > policy.max_quarantined_share:
        yield Finding(
            code="quarantined",
            message=f"{refused} of {len(rows)} files ({share:.0%}) cannot be used: {_named(snapshot.quarantined)}.",
            remedy="Look at these files before trusting the rest. "
            f"The bar is check.max_quarantined_share (now {policy.max_quarantined_share:g}).",
        )


def _one_source(rows: Iterable[Row]) -> Iterable[Finding]:
    sources: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        sources[row.label][row.source] += 1
    lone = {label: found.total() for label, found in sources.items() if len(found) == 1}
    if lone and len(lone) < len(sources):
        names = ", ".join(f"{label} ({next(iter(sources[label])) or 'no source'})" for label in sorted(lone)[:SHOWN])
        yield Finding(
            code="one_source",
            message=f"{len(lone)} of {len(sources)} brands come from one source only, others from several: {names}.",
            remedy="The model may learn the source instead of the brand. Add other sources of these brands.",
        )
