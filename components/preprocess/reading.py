"""Reads new files once: names them by their bytes, decodes them, and stages the images that may be admitted.

What is staged is small and already encoded. It waits in the job's folder, and only rows, which name its place, travel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from apache_beam.pvalue import TaggedOutput

from components import digest, manifest, parts, storage
from components.errors import StorageError
from components.manifest import QUARANTINED, Reason, Row
from components.preprocess import images, listed
from components.preprocess.candidate import Candidate, home
from components.preprocess.job import HOME_ROWS, Job, packed
from components.preprocess.ticks import tick

CHUNK = 256  # images that are read and staged together: about 12 MB
MIN_READERS, MAX_READERS = 4, 16  # threads that read and decode: Pillow and networks free Python's lock
KNOWN = "known"


def listing(_: None, job: Job) -> Iterator[Any]:
    """Numbered chunks of files to read; and, tagged as known, rows that need no reading."""
    base = manifest.read_rows(job.base_manifest_uri) if job.base_manifest_uri else iter(())
    known: list[Candidate] = []
    unread: list[Candidate] = []
    chunks = 0
    for row in listed.joined(manifest.read_entries(job.entries_uri), base):
        (known if row.id or row.status else unread).append(row)
        if len(unread) == CHUNK:
            yield chunks, parts.pack(Candidate, unread)
            unread, chunks = [], chunks + 1
        if len(known) == HOME_ROWS:
            yield from _tagged(known, job)
            known = []
    if unread:
        yield chunks, parts.pack(Candidate, unread)
    yield from _tagged(known, job)


def _tagged(known: Sequence[Candidate], job: Job) -> Iterator[Any]:
    return (TaggedOutput(KNOWN, item) for item in packed(known, partial(home, homes=job.homes)))


def read(chunk: tuple[int, bytes], job: Job) -> Iterator[tuple[int, bytes]]:
    """Rows of a chunk's files, each decoded or quarantined, under the home where equal bytes meet."""
    rows = parts.unpack(Candidate, chunk[1])
    with threads() as pool:
        found = list(pool.map(partial(_image, job=job), rows))
    yield from packed(_staged(found, job), partial(home, homes=job.homes))


def threads() -> ThreadPoolExecutor:
    """Enough to keep every core of the machine busy, and a network."""
    return ThreadPoolExecutor(min(max(MIN_READERS, os.cpu_count() or 1), MAX_READERS))


def image_of(row: Candidate, data: bytes, job: Job) -> tuple[Candidate, bytes]:
    """A row with what is seen in its image, and the image to store. Raises images.Rejected."""
    image = images.store(data, job.config)
    seen: dict[str, Any] = asdict(image.look)
    stored = digest.of_bytes(image.data)
    return replace(row, width=image.width, height=image.height, stored=stored, **seen), image.data


def fetch(row: Row) -> bytes:
    """A raw file's bytes. Raises images.Rejected if it cannot be read."""
    try:
        return storage.read_bytes(row.uri)
    except StorageError as error:
        raise images.Rejected(Reason.UNREADABLE, str(error)) from error


def rejected(row: Candidate, verdict: images.Rejected) -> Candidate:
    """The row of an image that cannot be used."""
    return replace(row, status=QUARANTINED, reason=verdict.reason.value, detail=verdict.detail)


def _image(row: Candidate, job: Job) -> tuple[Candidate, bytes]:
    try:
        images.check_size(row.size, job.config)
        data = fetch(row)
        images.check_size(len(data), job.config)
        name = digest.of_bytes(data)
        row = replace(row, id=name, group=row.group or name)
        # What must not be kept is not even decoded; with its equals it is quarantined where they meet.
        return (row, b"") if name in job.takedown else image_of(row, data, job)
    except images.Rejected as verdict:
        return rejected(row, verdict), b""
    finally:
        tick(job.ticks)


def _staged(found: Sequence[tuple[Candidate, bytes]], job: Job) -> list[Candidate]:
    """The rows, and where each one's image lies in the one file that holds them all."""
    # Named by content: a bundle that is tried twice at once cannot change what the other one's rows point to.
    uri = storage.join(job.staging, digest.of_lines(row.stored for row, data in found if data))
    rows, start = [], 0
    for row, data in found:
        rows.append(replace(row, staged=uri, start=start, length=len(data)) if data else row)
        start += len(data)
    if start:
        storage.write_bytes(uri, b"".join(data for _, data in found))
    return rows
