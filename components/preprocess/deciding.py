"""Brings equal bytes and equal pictures together and applies the rules of resolve, a few thousand rows at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from apache_beam.pvalue import TaggedOutput

from components import likeness, parts, records
from components.manifest import ADMITTED, DUPLICATE, QUARANTINED
from components.preprocess import bands, links, resolve
from components.preprocess.candidate import Candidate, home
from components.preprocess.job import Job, packed, part, unpacked
from components.preprocess.links import Finding, Picture

PICTURES, RECORDS = "pictures", "records"


def equals(keyed: tuple[int, Iterable[bytes]], job: Job) -> Iterator[Any]:
    """Decide on files of equal bytes; and, tagged as pictures, send what may be admitted where alike ones meet."""
    _, packs = keyed
    by_id: dict[str, list[Candidate]] = defaultdict(list)
    for row in unpacked(packs):
        by_id[row.id or f"unread/{row.path}"].append(row)
    decided = [row for rows in by_id.values() for row in _decided(rows, job)]
    yield from packed(decided, partial(home, homes=job.homes))
    if job.config.near_duplicates.enabled:
        yield from _pictures(decided, job)


def _decided(rows: Sequence[Candidate], job: Job) -> Sequence[Candidate]:
    here = [row for row in rows if not row.gone]
    if not here or not here[0].id:
        return here
    published = next((row for row in sorted(rows, key=lambda row: (row.gone, row.path)) if row.increment), None)
    return resolve.resolve(here, published, job.config, job.takedown)


def _pictures(decided: Iterable[Candidate], job: Job) -> Iterator[Any]:
    label = {name: number for number, name in enumerate(job.labels)}
    found = [
        Picture(row.path, resolve.rank(row), label[row.label], home(row, job.homes), row.phash)
        for row in decided
        if row.status in ("", ADMITTED) and row.phash
    ]
    hashes = likeness.words([picture.phash for picture in found])
    for place, here in bands.spread(parts.table(Picture, found), hashes, job.bands):
        yield TaggedOutput(PICTURES, (place, parts.pack_table(here)))


def alike(keyed: tuple[int, Iterable[bytes]], job: Job) -> Iterator[tuple[int, bytes]]:
    """Findings of the pictures that meet in one place, each for the home where its row waits."""
    import pyarrow as pa

    place, packs = keyed
    here = pa.concat_tables([parts.unpack_table(Picture, pack) for pack in packs])
    found = links.find(here, job.bands.masks_at(place), job.config.near_duplicates)
    homes = found["home"].to_numpy()
    for number in set(homes.tolist()):
        yield number, parts.pack_table(found.filter(homes == number))


def judged(keyed: tuple[int, Mapping[str, Iterable[bytes]]], job: Job) -> Iterator[Any]:
    """Apply what was found; rows with nothing to write go to the manifest, others, tagged, to their shard."""
    _, found = keyed
    findings = links.merged(item for pack in found["findings"] for item in parts.unpack(Finding, pack))
    by_id: dict[str, list[Candidate]] = defaultdict(list)
    for row in unpacked(found["rows"]):
        by_id[row.id or f"unread/{row.path}"].append(row)
    rest: list[Candidate] = []
    write: list[Candidate] = []
    for rows in by_id.values():
        rows.sort(key=lambda row: row.status == DUPLICATE)  # the kept one first
        finding = findings.get(rows[0].path) if rows[0].status != QUARANTINED else None
        final = resolve.judge(rows, finding, job.labels) if finding else rows
        (rest if final[0].status else write).extend(final)
    yield from packed(rest, part)
    for name, pack in _by_shard(write, job):
        yield TaggedOutput(RECORDS, (name, pack))


def _by_shard(rows: Sequence[Candidate], job: Job) -> Iterator[tuple[str, bytes]]:
    """Under the shard of the one that is kept: its equals go with it, and fail with it if it has to be read again."""
    splits = {row.id: row.split for row in rows if not row.status}

    def shard(row: Candidate) -> str:
        split = splits[row.id]
        return records.file_name(split, records.shard_of(row.id, job.shards[split]), job.shards[split])

    return packed(rows, shard)
