"""The data report as one self-contained HTML page. Pure: what was counted and pictures in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from components import likeness
from components.artifacts import SPLITS, Drift, Finding, NewDrift, Snapshot
from components.check import plots
from components.check.census import Census
from components.check.findings import Examined
from components.check.wording import NO_SOURCE
from components.containers import TAG
from components.drawing import pages
from components.manifest import ADMITTED, DUPLICATE, NEAR_DUPLICATE, QUARANTINED, Reason, Row

SOURCES_SHOWN = 40  # rows of the table of sources, the largest first
COLUMNS_SHOWN = 10  # sources in the table of brands by sources


@dataclass(frozen=True)
class Cluster:
    """Copies of one picture. original: None if its row is gone."""

    original: Row | None
    copies: list[
        tuple[Row, int | None]
    ]  # with the bits in which its hash differs from the original's, if both have one


def render(snapshot: Snapshot, examined: Examined, pictures: Mapping[str, str]) -> str:
    """The page. pictures: path of a row -> data: URI; a row without one is named only."""
    census, findings, originals = examined.census, examined.findings, examined.lookup.originals
    statuses: Counter[str] = Counter()
    for (_, _, status), files in census.files.items():
        statuses[status] += files
    return pages.render(
        "components.check",
        "data_report.html.j2",
        snapshot=snapshot,
        findings=findings,
        headline=_headline(findings.errors, findings.warnings),
        listed=[*findings.errors, *findings.warnings, *findings.remarks],
        statuses={name: statuses[name] for name in (ADMITTED, QUARANTINED, DUPLICATE, NEAR_DUPLICATE)},
        splits=SPLITS,
        brands=_brands(census, snapshot),
        sources=_sources(census),
        sources_shown=SOURCES_SHOWN,
        crossed=_crossed(census),
        label_totals=census.by(0),
        drift=findings.drift,
        charts=pages.drawn(_charts(findings.drift)),
        refused=_refused(census),
        taken_down=sum(n for (_, reason), n in census.refused.items() if reason == Reason.TAKEN_DOWN.value),
        clusters=[_cluster(originals.get(path), copies) for path, copies in census.copies.items().items()],
        admitted={label: _rows(sample.items()) for label, sample in census.admitted_rows.items()},
        pictures=pictures,
        no_source=NO_SOURCE,
        code_version=TAG,
    )


def _headline(errors: tuple[Finding, ...], warnings: tuple[Finding, ...]) -> str:
    if errors:
        count = f"{len(errors)} problem" + ("" if len(errors) == 1 else "s")
        return f"{count} must be solved first: nothing is trained on these images."
    if warnings:
        count = f"{len(warnings)} warning" + ("" if len(warnings) == 1 else "s")
        return f"These images can be learned from; {count} to read first."
    return "These images can be learned from; nothing was found to object to."


def _brands(census: Census, snapshot: Snapshot) -> list[tuple[str, dict[str, int], Counter[str]]]:
    """Brand, admitted images by split, files by status; the largest brand first."""
    by_status: dict[str, Counter[str]] = {}
    for (label, _, status), files in census.files.items():
        by_status.setdefault(label, Counter())[status] += files
    rows = [
        (label, {split: snapshot.counts[split].get(label, 0) for split in SPLITS}, by_status.get(label, Counter()))
        for label in snapshot.labels
    ]
    return sorted(rows, key=lambda row: (-sum(row[1].values()), row[0]))


def _sources(census: Census) -> list[tuple[str, Counter[str], int, int]]:
    """Source, admitted images by split, quarantined files, all files; the largest first."""
    by_split: dict[str, Counter[str]] = {}
    files: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for (_, source, split), images in census.images.items():
        by_split.setdefault(source, Counter())[split] += images
    for (_, source, status), count in census.files.items():
        files[source] += count
        refused[source] += count if status == QUARANTINED else 0
    rows = [(source, by_split.get(source, Counter()), refused[source], files[source]) for source in files]
    return sorted(rows, key=lambda row: (-row[3], row[0]))


def _crossed(census: Census) -> tuple[list[str], dict[str, list[int]]]:
    """The largest sources, and for each brand its admitted images from each of them."""
    totals = census.by(1)
    names = sorted(totals, key=lambda name: (-totals[name], name))[:COLUMNS_SHOWN]
    counts: Counter[tuple[str, str]] = Counter()
    for (label, source, _), images in census.images.items():
        counts[label, source] += images
    return names, {label: [counts[label, name] for name in names] for label in census.by(0)}


def _charts(drift: Drift | None) -> dict[str, str]:
    if drift is None:
        return {}
    drawn = _drawn(drift, plots.NOW)
    return drawn | ({f"new {name}": chart for name, chart in _drawn(drift.new, plots.NEW).items()} if drift.new else {})


def _drawn(drift: Drift | NewDrift, now: str) -> dict[str, str]:
    shares = {share.of: plots.shares(share, now) for share in drift.shares}
    return shares | {number.of: plots.numbers(number, now) for number in drift.numbers}


def _refused(census: Census) -> list[tuple[str, int, list[Row]]]:
    """Reason, files, some of them; the most frequent first. What was taken down is counted elsewhere, never named."""
    counts: Counter[str] = Counter()
    for (_, reason), files in census.refused.items():
        counts[reason] += files
    return [(reason, files, _rows(census.refused_rows[reason].items()))
            for reason, files in counts.most_common() if reason in census.refused_rows]  # fmt: skip


def _cluster(original: Row | None, copies: list[Row]) -> Cluster:
    def bits(copy: Row) -> int | None:
        hashes = [row.phash for row in (original, copy) if row]
        if [len(text) for text in hashes] != [likeness.DIGITS] * 2:
            return None
        return int(likeness.differing(*likeness.words(hashes))[1])

    return Cluster(original, [(copy, bits(copy)) for copy in copies])


def _rows(items: Mapping[str, list[Row]]) -> list[Row]:
    return [row for rows in items.values() for row in rows]
