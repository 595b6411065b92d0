"""What lies in the raw folder, and what was admitted."""

from __future__ import annotations

from components.artifacts.pointer import Pointer


class Listing(Pointer):
    """What lies in the raw folder now, beside what the last snapshot holds (listing.json)."""

    raw: str
    lineage: str  # digest of the raw address and the data settings: snapshots of one lineage build on each other
    digest: str  # of every file's path, uri, label, source, group, size, version and problem, and of takedown
    entries_uri: str  # Parquet under the data root, one row per file: manifest.Entry
    base_snapshot_uri: str | None  # the lineage's newest snapshot.json, or None at the first ingest
    images: int
    new_images: int  # new or changed since the base snapshot
    removed_images: int
    taken_down_images: int = 0  # of the base snapshot's, found in the takedown file
    takedown: tuple[str, ...] = ()  # ids (SHA-256 of the raw bytes), sorted: to be refused wherever they turn up


class Increment(Pointer):
    """Immutable TFRecord shards of the images admitted by one ingest."""

    increment_id: str  # digest of its records' content
    uri: str  # a folder that tfds.builder_from_directory opens
    counts: dict[str, dict[str, int]]  # split -> label -> images


class Snapshot(Pointer):
    """An immutable list of increments, a manifest and a label map (snapshot.json)."""

    snapshot_id: str  # digest of content: increments, manifest rows, labels; independent of place and time
    uri: str  # the published snapshot.json itself
    manifest_uri: str  # Parquet: manifest.Row
    labels: tuple[str, ...]  # label map: the index is the class; appended to, never reordered
    increments: tuple[Increment, ...]
    stored_side_px: int
    counts: dict[str, dict[str, int]]  # split -> label -> admitted images
    quarantined: dict[str, int]  # reason -> images
    duplicates: int  # files with the same bytes as another
    near_duplicates: int = 0  # files that show the picture of another, edited
    new_images: int  # admitted by the newest increment
    erased: int = 0  # images that were erased from it since a run made it
    seconds: float
