"""Builds a snapshot from a listing: runs the pipeline into a fresh folder, then publishes what it made."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from components import manifest, snapshot, storage
from components.artifacts import Increment, Listing, Snapshot
from components.config import DataConfig
from components.manifest import ADMITTED, DUPLICATE, QUARANTINED, Entry, Row
from components.preprocess import flow, increment
from components.preprocess.ticks import reported
from components.runs import Recorder


def build(
    listing: Listing, base: Snapshot | None, uri: str, key: str, data_root: str,
    config: DataConfig, options: Sequence[str], record: Recorder,
) -> Snapshot:  # fmt: skip
    """Publish the snapshot of a listing at uri. Equal listings and bases give equal snapshots, however often."""
    started = time.monotonic()
    siblings = storage.join(data_root, "increments", listing.lineage)
    folder = storage.join(siblings, f"{key}-{uuid.uuid4().hex[:8]}")
    labels = _labels(manifest.read_entries(listing.entries_uri), base)
    shards = increment.shard_counts(listing.new_images, config)
    with reported(record, listing.new_images) as ticks:
        base_manifest = base.manifest_uri if base else ""
        flow.execute(flow.Job(listing.entries_uri, base_manifest, folder, labels, shards, config, ticks), options)
    rows, added = _admit(_collect(folder), folder, labels, shards, config)
    made = _describe(rows, labels, base, added, uri, config.stored_side_px)
    manifest.write_rows(made.manifest_uri, rows)
    storage.remove_folder(storage.join(folder, "rows"))
    made = snapshot.publish(made.model_copy(update={"seconds": round(time.monotonic() - started, 3)}))
    _clean(siblings, key, made)
    return made


def _labels(entries: Sequence[Entry], base: Snapshot | None) -> tuple[str, ...]:
    """The label map: the base's, then new brands in order of name."""
    before = base.labels if base else ()
    return (*before, *sorted({entry.label for entry in entries if not entry.problem} - set(before)))


def _collect(folder: str) -> list[Row]:
    rows = [row for info in storage.list_files(storage.join(folder, "rows")) for row in manifest.read_rows(info.uri)]
    return sorted(rows, key=lambda row: row.path)


def _admit(
    rows: list[Row], folder: str, labels: Sequence[str], shards: dict[str, int], config: DataConfig
) -> tuple[list[Row], Increment | None]:
    """Finish the increment and write its name into the rows that it admits."""
    fresh = [row for row in rows if row.status == ADMITTED and not row.increment]
    added = increment.finish(folder, fresh, labels, shards, config)
    if added is None:
        return rows, None
    paths = {row.path for row in fresh}
    return [replace(row, increment=added.increment_id) if row.path in paths else row for row in rows], added


def _describe(
    rows: Sequence[Row], labels: tuple[str, ...], base: Snapshot | None, added: Increment | None, uri: str, side_px: int
) -> Snapshot:
    used = {row.increment for row in rows}
    before = [item for item in base.increments if item.increment_id in used] if base else []
    increments = (*before, *([added] if added else []))
    name = snapshot.content_id(rows, labels, [item.increment_id for item in increments])
    return Snapshot(
        snapshot_id=name, uri=uri,
        # Named by content: a slower run of the same key cannot overwrite what a published snapshot points to.
        manifest_uri=storage.join(uri.rsplit("/", 1)[0], f"manifest-{name}.parquet"),
        labels=labels, increments=increments, stored_side_px=side_px, counts=snapshot.counts(rows, labels),
        quarantined=dict(sorted(Counter(row.reason for row in rows if row.status == QUARANTINED).items())),
        duplicates=sum(row.status == DUPLICATE for row in rows),
        new_images=sum(map(sum, (split.values() for split in added.counts.values()))) if added else 0, seconds=0.0,
    )  # fmt: skip


def _clean(siblings: str, key: str, made: Snapshot) -> None:
    """Remove what killed runs of the same key left behind."""
    kept = {item.uri for item in made.increments}
    names = {info.uri[len(siblings) + 1 :].split("/", 1)[0] for info in storage.list_files(siblings)}
    for name in names:
        if name.startswith(f"{key}-") and storage.join(siblings, name) not in kept:
            storage.remove_folder(storage.join(siblings, name))
