"""All that is wrong with a snapshot: pure judgement of what its rows show, by the check policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from components.artifacts import Drift, Finding, Findings, Snapshot
from components.check import amounts, changes, comparison, leaks, refusals, sources
from components.check.census import Census
from components.check.lookup import Lookup, look_up
from components.check.nearness import Bars, judged_images
from components.config import CheckConfig
from components.manifest import Row

Rows = Callable[[], Iterable[Row]]  # reads a whole manifest, as often as it is called
BRANDS_SHOWN = 12  # of which pictures are drawn: those with the fewest images


@dataclass(frozen=True)
class Near:
    """When two pictures count as one. enforced: whether the snapshot was made without such pairs across the split."""

    bars: Bars
    enforced: bool


@dataclass(frozen=True)
class Past:
    """The champion's snapshot: whose it is, and its census."""

    version: int
    snapshot_id: str
    census: Census


@dataclass(frozen=True)
class Examined:
    """What was found, and what it was found from."""

    findings: Findings
    census: Census
    lookup: Lookup


def examine(
    snapshot: Snapshot, rows: Rows, policy: CheckConfig, near: Near, past: Past | None = None,
    remarks: Iterable[Finding] = (),
) -> Examined:  # fmt: skip
    """All findings: errors, after which nothing should be trained; warnings, on which a person should act; remarks.

    rows: reads the snapshot's whole manifest; it is called twice. past: None if there is nothing to compare with;
    remarks then say why.
    """
    images = {label: sum(split.get(label, 0) for split in snapshot.counts.values()) for label in snapshot.labels}
    shown = sorted((label for label in images if images[label]), key=lambda label: (images[label], label))
    known = past.census.ids if past else None
    census = Census.of(rows(), shown[:BRANDS_SHOWN], judged_images(sum(images.values())), known)
    lookup = look_up(rows(), census, near.bars)
    drift = comparison.measure(census, past.census, past.version, past.snapshot_id) if past else None
    found = [
        *_within(snapshot, census, lookup, policy, near),
        *(_since(census, past, drift, policy) if past and drift else ()),
        *remarks,
    ]
    by = {kind: tuple(item for item in found if item.severity == kind) for kind in ("error", "warning", "remark")}
    findings = Findings(
        snapshot_id=snapshot.snapshot_id, errors=by["error"], warnings=by["warning"], remarks=by["remark"], drift=drift
    )
    return Examined(findings, census, lookup)


def _within(snapshot: Snapshot, census: Census, lookup: Lookup, policy: CheckConfig, near: Near) -> Iterable[Finding]:
    """What is wrong with the snapshot by itself."""
    splits = census.by(2)
    yield from amounts.too_few_brands(snapshot)
    yield from amounts.too_few_images(snapshot, policy)
    yield from leaks.leaked(lookup)
    yield from leaks.near_duplicates(lookup, near.bars, near.enforced)
    yield from amounts.imbalance(snapshot, policy)
    yield from refusals.quarantined(census, policy)
    yield from refusals.repeated(census, policy)
    yield from sources.one_source(census)
    yield from sources.source_tells_brand(census, policy)
    yield from sources.source_without_test(census, policy)
    yield from leaks.partly_judged(lookup, splits.get("validation", 0) + splits.get("test", 0))


def _since(census: Census, past: Past, drift: Drift, policy: CheckConfig) -> Iterable[Finding]:
    """What has changed since the champion learned."""
    yield from changes.drifted(drift, policy)
    yield from changes.champion_saw_test(census, past.census, past.version)
    yield from changes.unmeasured(census, past.census)
