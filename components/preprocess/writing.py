"""Writes what was decided: shards of records, and the parts of the manifest with the sums that they add up to."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import TaggedOutput

from components import digest, parts, records, snapshot, storage
from components.manifest import ADMITTED, DUPLICATE, NEAR_DUPLICATE, QUARANTINED, Reason, Row
from components.preprocess import images, resolve
from components.preprocess.candidate import Candidate, published
from components.preprocess.increment import Shard, increment_id
from components.preprocess.job import Job, packed, part, unpacked
from components.preprocess.reading import fetch, image_of, rejected, threads

SHARDS = "shards"
COUNTERS = "preprocess"  # the name under which runners show how many files were refused for each reason


@dataclass(frozen=True)
class Tally:
    """What a part of the manifest adds to the snapshot."""

    part: int
    rows_digest: str
    admitted: dict[str, dict[str, int]]  # split -> label -> images
    quarantined: dict[str, int]  # reason -> images
    duplicates: int
    near_duplicates: int
    increments: tuple[str, ...]  # that its rows are in


def write_shard(keyed: tuple[str, Iterable[bytes]], job: Job) -> Iterator[Any]:
    """Write one shard whole; its rows with their final status, and, tagged, what the shard holds.

    Doing it again writes the same bytes.
    """
    name, packs = keyed
    by_id: dict[str, list[Candidate]] = {}
    for row in sorted(unpacked(packs), key=lambda row: (row.id, row.status == DUPLICATE, row.path)):
        by_id.setdefault(row.id, []).append(row)
    with threads() as pool:
        finished = list(pool.map(partial(_finished, job=job), by_id.values()))
    storage.write_bytes(storage.join(job.folder, name), b"".join(record for _, record in finished))
    yield from packed((row for rows, _ in finished for row in rows), part)
    admitted = [rows[0] for rows, record in finished if record]
    size = sum(len(record) for _, record in finished)
    yield TaggedOutput(SHARDS, Shard.of(name, size, admitted))


def _finished(rows: Sequence[Candidate], job: Job) -> tuple[Sequence[Candidate], bytes]:
    """Equal files, of which the first is kept, with their final status; and its record, empty if it failed."""
    try:
        row, image = _image(rows[0], job)
    except images.Rejected as verdict:
        return resolve.settle(rows, rejected(rows[0], verdict)), b""
    first = replace(row, status=ADMITTED)
    return (first, *rows[1:]), records.encode(first, job.labels.index(first.label), image)


def _image(row: Candidate, job: Job) -> tuple[Candidate, bytes]:
    """The staged image; if none was staged, which a better one's removal can cause, the raw file is read again."""
    if row.staged:
        return row, storage.read_range(row.staged, row.start, row.length)
    data = fetch(row)
    if digest.of_bytes(data) != row.id:
        raise images.Rejected(Reason.CHANGED, "its bytes changed since it was listed; run again")
    return image_of(row, data, job)


def write_part(keyed: tuple[int, Iterable[bytes]], shards: Sequence[Shard], job: Job) -> Tally:
    """Write one part of the manifest. shards: all of this run, since they name the increment that rows are in."""
    number, packs = keyed
    name = increment_id(shards)
    found = sorted(published(unpacked(packs)), key=lambda row: row.path)
    rows = [replace(row, increment=name) if _is_new(row) else row for row in found]
    parts.write_part(parts.part_uri(job.manifest_uri, number), Row, rows)
    tally = tallied(number, rows, job.labels)
    refused = {**tally.quarantined, DUPLICATE: tally.duplicates, NEAR_DUPLICATE: tally.near_duplicates}
    for reason, files in refused.items():
        Metrics.counter(COUNTERS, reason).inc(files)
    return tally


def _is_new(row: Row) -> bool:
    return row.status == ADMITTED and not row.increment


def tallied(number: int, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
    """The sums of some rows. rows: a part of a manifest in order of path."""
    return Tally(
        number, snapshot.rows_digest(rows), snapshot.counts(rows, labels),
        dict(Counter(row.reason for row in rows if row.status == QUARANTINED)),
        sum(row.status == DUPLICATE for row in rows), sum(row.status == NEAR_DUPLICATE for row in rows),
        tuple(sorted({row.increment for row in rows if row.increment})),
    )  # fmt: skip
