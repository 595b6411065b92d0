"""Snapshots: where they lie, what names them, and which is the newest of its lineage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from components import digest, manifest, parts, published, storage
from components.artifacts import SPLITS, Pointer, Snapshot
from components.config import DataConfig
from components.errors import PointerMovedError

# Settings that decide which images a listing holds and whether the run goes on, not what becomes of an image.
LISTING_ONLY = {"min_new_images", "retrain_on_drift", "allowed_roots", "takedown"}
ATTEMPTS = 5  # of moving the latest pointer while others move it too


class Latest(Pointer):
    """The newest snapshot of a lineage (latest.json): the one file here that changes."""

    snapshot_uri: str


def lineage(raw: str, data: DataConfig) -> str:
    """What snapshots must share to build on each other: the raw address and how images become records."""
    settings = data.model_dump(mode="json", exclude=LISTING_ONLY)
    return digest.of_json({"raw": storage.absolute(raw), "data": settings})


def folder(data_root: str, lineage: str) -> str:
    """Where a lineage's snapshots lie."""
    return storage.join(data_root, "snapshots", lineage)


def latest(data_root: str, lineage: str) -> Snapshot | None:
    """The newest snapshot of a lineage, or None. Raises StorageError if the place cannot be read."""
    content, _ = storage.read_versioned(_latest_uri(data_root, lineage))
    if content is None:
        return None
    return Snapshot.model_validate_json(storage.read_bytes(Latest.model_validate_json(content).snapshot_uri))


def publish(snapshot: Snapshot) -> Snapshot:
    """Make a snapshot visible at its uri; if another run was faster, its snapshot is returned and stays."""
    return published.publish(snapshot, snapshot.uri)


def set_latest(data_root: str, lineage: str, snapshot: Snapshot) -> None:
    """Make a published snapshot the newest of its lineage. Raises PointerMovedError after five lost races."""
    uri = _latest_uri(data_root, lineage)
    content = Latest(snapshot_uri=snapshot.uri).model_dump_json().encode()
    for attempt in range(ATTEMPTS):
        now, version = storage.read_versioned(uri)
        if now == content:
            return
        try:
            storage.swap(uri, content, version)
            return
        except PointerMovedError:
            if attempt == ATTEMPTS - 1:
                raise


def admitted(snapshot: Snapshot) -> list[manifest.Row]:
    """The rows that are learned from, in order of path."""
    return [row for row in manifest.read_rows(snapshot.manifest_uri) if row.status == manifest.ADMITTED]


def content_id(rows: Iterable[manifest.Row], labels: Iterable[str], increment_ids: Iterable[str]) -> str:
    """A snapshot's name: what was admitted, where it went, and from what; neither place nor time.

    rows: the whole manifest in order of path; a part of it is in memory at a time.
    """
    waiting = iter(rows)
    digests = []
    while part := list(islice(waiting, parts.PART_ROWS)):
        digests.append(rows_digest(part))
    return named(digests, labels, increment_ids)


def rows_digest(rows: Iterable[manifest.Row]) -> str:
    """The name of a manifest's part, from which a snapshot's name is made. rows: in order of path."""
    columns = ("path", "id", "label", "source", "group", "split", "status", "reason", "increment", "duplicate_of")
    return digest.of_lines("\t".join(getattr(row, column) for column in columns) for row in rows)


def named(rows_digests: Iterable[str], labels: Iterable[str], increment_ids: Iterable[str]) -> str:
    """A snapshot's name from its parts' names, each of parts.PART_ROWS rows (the last has fewer)."""
    return digest.of_lines([*labels, "", *increment_ids, "", *rows_digests])


def counts(rows: Iterable[manifest.Row], labels: Iterable[str]) -> dict[str, dict[str, int]]:
    """Split -> label -> admitted images; every split and label is named, with 0 if it has none."""
    seen = Counter((row.split, row.label) for row in rows if row.status == manifest.ADMITTED)
    names = tuple(labels)
    return {split: {label: seen[split, label] for label in names} for split in SPLITS}


def _latest_uri(data_root: str, lineage: str) -> str:
    return storage.join(folder(data_root, lineage), "latest.json")
