"""What lies in the raw folder, what was admitted, and what is wrong with it."""

from __future__ import annotations

from components.artifacts.pointer import Pointer


class Listing(Pointer):
    """What lies in the raw folder now, beside what the last snapshot holds (listing.json)."""

    raw: str
    lineage: str  # digest of the raw address and the data settings: snapshots of one lineage build on each other
    digest: str  # of every file's relative uri, label, source, group, size and version
    entries_uri: str  # Parquet under the data root, one row per file: manifest.ENTRY_SCHEMA
    base_snapshot_uri: str | None  # the lineage's newest snapshot.json, or None at the first ingest
    images: int
    new_images: int  # new or changed since the base snapshot
    removed_images: int


class Increment(Pointer):
    """Immutable TFRecord shards of the images admitted by one ingest."""

    increment_id: str  # digest of its records' content
    uri: str  # a folder that tfds.builder_from_directory opens
    counts: dict[str, dict[str, int]]  # split -> label -> images


class Snapshot(Pointer):
    """An immutable list of increments, a manifest and a label map (snapshot.json)."""

    snapshot_id: str  # digest of content: increments, manifest rows, labels; independent of place and time
    uri: str  # the published snapshot.json itself
    manifest_uri: str  # Parquet: manifest.ROW_SCHEMA
    labels: tuple[str, ...]  # label map: the index is the class; appended to, never reordered
    increments: tuple[Increment, ...]
    stored_side_px: int
    counts: dict[str, dict[str, int]]  # split -> label -> admitted images
    quarantined: dict[str, int]  # reason -> images
    duplicates: int
    new_images: int  # admitted by the newest increment
    seconds: float


class Finding(Pointer):
    """One thing that is wrong with the data, and what to do about it."""

    code: str
    message: str  # what, where, value
    remedy: str


class Findings(Pointer):
    """What check found (findings.json). With an error the step fails, so a reader sees warnings only."""

    snapshot_id: str
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
