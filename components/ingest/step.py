"""Lists the raw folder and says how many of its images are new; never cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components import digest, manifest, published, runs, snapshot, storage
from components.artifacts import Listing, Snapshot
from components.config import DataConfig, parse
from components.ingest import raw as folder
from components.manifest import Entry


def run(raw: str, data_root: str, data: Mapping[str, Any]) -> str:
    """Publish what lies in the raw folder and return the listing's uri; "" if too few images are new.

    data: the configuration's section of that name. An unchanged folder gives the same listing, which is never
    rewritten. Raises InputError or StorageError, before anything is written, if the folder cannot be learned from.
    """
    with runs.step("ingest", data_root) as record:
        config = parse(DataConfig, data, "data")
        raw, data_root = storage.absolute(raw).rstrip("/"), storage.absolute(data_root).rstrip("/")
        entries = _entries(raw, data_root, config)
        storage.ensure_writable(data_root)
        base = snapshot.latest(data_root, snapshot.lineage(raw, config))
        new, removed = _difference(entries, base)
        enough = base is None or new >= config.min_new_images
        uri = _publish(raw, data_root, config, entries, base) if enough else ""
        record.facts(images=len(entries), new_images=new, removed_images=removed, listing_uri=uri)
        return uri


def _entries(raw: str, data_root: str, config: DataConfig) -> list[Entry]:
    folder.check_place(raw, data_root)
    entries = folder.list_entries(raw)
    folder.check_brands(raw, entries, config.classes)
    if config.classes is None:
        return entries
    return [entry for entry in entries if entry.label in config.classes or not entry.label]


def _difference(entries: Sequence[Entry], base: Snapshot | None) -> tuple[int, int]:
    """How many files are new or changed since the base, and how many of the base's files are gone."""
    rows = list(manifest.read_rows(base.manifest_uri)) if base else []
    before = {(row.path, row.size, row.version) for row in rows}
    new = sum((entry.path, entry.size, entry.version) not in before for entry in entries)
    return new, len({row.path for row in rows} - {entry.path for entry in entries})


def _publish(raw: str, data_root: str, config: DataConfig, entries: Sequence[Entry], base: Snapshot | None) -> str:
    """Write the listing at the place that its content names, unless it is there."""
    lineage = snapshot.lineage(raw, config)
    name = digest.of_json([list(vars(entry).values()) for entry in entries])
    place = storage.join(data_root, "listings", lineage, name)
    uri = storage.join(place, "listing.json")
    if storage.exists(uri):
        return uri
    entries_uri = storage.join(place, "entries.parquet")
    manifest.write_entries(entries_uri, entries)
    new, removed = _difference(entries, base)
    listing = Listing(
        raw=raw, lineage=lineage, digest=name, entries_uri=entries_uri, base_snapshot_uri=base.uri if base else None,
        images=len(entries), new_images=new, removed_images=removed,
    )  # fmt: skip
    published.publish(listing, uri)
    return uri
