"""The Beam pipeline: read and hash, bring equal bytes together, decide, then decode and write shard by shard.

Rows travel between workers, pixels never: an image is decoded where its shard is written.
"""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from components import digest, manifest, records, storage
from components.config import DataConfig
from components.errors import StorageError
from components.manifest import ADMITTED, QUARANTINED, Reason, Row
from components.preprocess import images, resolve
from components.preprocess.ticks import tick

MIN_READERS, MAX_READERS = 4, 16  # threads that read and decode for one shard: Pillow and networks free Python's lock
REST = "rest"  # the place of rows that have nothing to write


@dataclass(frozen=True)
class Job:
    """What every worker must know; small, because it travels with each function."""

    entries_uri: str
    base_manifest_uri: str  # "" at the first ingest
    folder: str  # the fresh folder that becomes the increment
    labels: tuple[str, ...]
    shards: Mapping[str, int]  # split -> shards
    config: DataConfig
    ticks: str  # the file that counts finished images


def execute(job: Job, options: Sequence[str]) -> None:
    """Run the pipeline to its end: TFRecord shards in the job's folder, and beside them rows/*.parquet.

    What one image does wrong is written in its row. Raises StorageError if the folder cannot be written.
    """
    with beam.Pipeline(options=PipelineOptions(list(options))) as pipeline:
        start = pipeline | beam.Create([None])
        read = (
            start
            | "List" >> beam.FlatMap(partial(_listed, job=job))
            | "Spread" >> beam.Reshuffle()
            | "Read and hash" >> beam.Map(partial(_fingerprint, job=job))
        )
        published = start | "Published" >> beam.FlatMap(partial(_published, job=job))
        equal = (
            {"rows": read | "By id" >> beam.Map(_key), "published": published} | beam.CoGroupByKey()
        ) | "Decide" >> beam.FlatMap(partial(_decided, job=job))
        equal | "By shard" >> beam.GroupByKey() | "Decode and write" >> beam.Map(partial(_write, job=job))


def _listed(_: None, job: Job) -> Iterator[Row]:
    before = {row.path: row for row in _base(job)}
    for entry in manifest.read_entries(job.entries_uri):
        yield resolve.known(entry, before.get(entry.path))


def _base(job: Job) -> list[Row]:
    return manifest.read_rows(job.base_manifest_uri) if job.base_manifest_uri else []


def _published(_: None, job: Job) -> Iterator[tuple[str, Row]]:
    return ((row.id, row) for row in _base(job) if row.increment)


def _fingerprint(row: Row, job: Job) -> Row:
    """Name an unread file by its bytes; others pass."""
    if row.id or row.status:
        return row
    try:
        images.check_size(row.size, job.config)
        data = _read(row)
        images.check_size(len(data), job.config)
    except images.Rejected as rejected:
        tick(job.ticks)
        return _rejected(row, rejected)
    name = digest.of_bytes(data)
    return replace(row, id=name, group=row.group or name)


def _read(row: Row) -> bytes:
    try:
        return storage.read_bytes(row.uri)
    except StorageError as error:
        raise images.Rejected(Reason.UNREADABLE, str(error)) from error


def _rejected(row: Row, rejected: images.Rejected) -> Row:
    return replace(row, status=QUARANTINED, reason=rejected.reason.value, detail=rejected.detail)


def _key(row: Row) -> tuple[str, Row]:
    return row.id or f"unread/{row.path}", row


def _decided(keyed: tuple[str, Mapping[str, Iterable[Any]]], job: Job) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Rows of equal bytes, under the shard that is to write the first of them."""
    _, found = keyed
    rows = list(found["rows"])
    if not rows:
        return  # published once, now gone from the raw folder
    published = next(iter(found["published"]), None)
    decided = resolve.resolve(rows, published, job.config) if rows[0].id else tuple(rows)  # unread rows stand alone
    first = decided[0]
    shards = job.shards.get(first.split, 1)
    name = records.file_name(first.split, records.shard_of(first.id, shards), shards) if not first.status else REST
    yield name, decided


def _write(keyed: tuple[str, Iterable[tuple[Row, ...]]], job: Job) -> None:
    """Write one shard's records and rows, each file whole; doing it again writes the same bytes."""
    name, found = keyed
    groups = sorted(found, key=lambda rows: (rows[0].id, rows[0].path))
    if name != REST:
        readers = min(max(MIN_READERS, os.cpu_count() or 1), MAX_READERS)
        with ThreadPoolExecutor(readers) as pool:
            finished = list(pool.map(partial(_finished, job=job), groups))
        storage.write_bytes(storage.join(job.folder, name), b"".join(record for _, record in finished))
        groups = [rows for rows, _ in finished]
    rows = [row for group in groups for row in group]
    manifest.write_rows(storage.join(job.folder, "rows", f"{name}.parquet"), rows)


def _finished(rows: tuple[Row, ...], job: Job) -> tuple[tuple[Row, ...], bytes]:
    """Decode the first row's image: the rows with their final status, and its record (empty if it failed)."""
    try:
        data = _read(rows[0])
        if digest.of_bytes(data) != rows[0].id:
            raise images.Rejected(Reason.CHANGED, "its bytes changed between two reads; run again")
        image = images.store(data, job.config)
    except images.Rejected as rejected:
        return resolve.settle(rows, _rejected(rows[0], rejected)), b""
    finally:
        tick(job.ticks)
    first = replace(
        rows[0], status=ADMITTED, width=image.width, height=image.height, stored=digest.of_bytes(image.data)
    )
    return (first, *rows[1:]), records.encode(first, job.labels.index(first.label), image.data)
