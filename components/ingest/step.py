"""Lists the raw images and says how many of them are new; never cached."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from components import digest, manifest, parts, published, runs, snapshot, storage, takedown
from components.artifacts import Listing, Snapshot
from components.config import DataConfig, parse
from components.erasure import ledger
from components.ingest import address, changes, folder, named, refusal
from components.ingest.changes import Changes
from components.manifest import Entry, Row
from components.runs import Recorder
from components.takedown import Takedown

COLUMNS = (
    "path", "uri", "label", "source", "group", "size", "version", "id", "status", "reason", "increment", "checksum",
)  # fmt: skip


def run(raw: str, data_root: str, data: Mapping[str, Any]) -> str:
    """Publish what the raw address holds and return the listing's uri; "" if too little changed.

    raw: a folder, a manifest (.csv, .jsonl) or `tfds:<name>`. data: the configuration's section of that name. Unchanged
    images give the same listing, which is never rewritten. Raises InputError or StorageError, before a listing is
    written, if they cannot be learned from.
    """
    with runs.step("ingest", data_root) as record:
        config = parse(DataConfig, data, "data")
        raw, data_root = storage.absolute(raw).rstrip("/"), storage.absolute(data_root).rstrip("/")
        address.check(raw, data_root)
        entries = _entries(raw, data_root, config, record)
        asked = _asked(data_root, config)
        storage.ensure_writable(data_root)
        base = snapshot.latest(data_root, snapshot.lineage(raw, config))
        before = partial(_rows, base)
        entries, refused = changes.recognise(entries, before), asked.ids
        if asked.ids or asked.addresses:
            refused = refusal.ids(asked, before())
            entries = refusal.apply(entries, asked, refused, before())
        found = changes.compare(entries, before)
        why = changes.reason_to_go_on(found, config) if base else "the first ingest"
        uri = _publish(raw, data_root, config, entries, base, found, sorted(refused)) if why else ""
        _tell(record, entries, found, why, uri)
        return uri


def _entries(raw: str, data_root: str, config: DataConfig, record: Recorder) -> list[Entry]:
    if address.is_dataset(raw):
        from components.ingest.dataset import materialise

        storage.ensure_writable(data_root)
        entries = folder.list_entries(materialise(raw, data_root, record))
    elif address.is_manifest(raw):
        entries = named.list_entries(raw, config.allowed_roots, data_root)
    else:
        entries = folder.list_entries(raw)
    address.check_brands(raw, entries, config.classes)
    if config.classes is None:
        return entries
    return [entry for entry in entries if entry.label in config.classes or not entry.label]


def _rows(base: Snapshot | None) -> Iterator[Row]:
    """The base's rows with what a comparison asks for."""
    for table in manifest.read_columns(base.manifest_uri, COLUMNS) if base else ():
        yield from parts.items(Row, table)


def _asked(data_root: str, config: DataConfig) -> Takedown:
    """What the takedown file names and what was erased before."""
    erased = ledger.read(data_root)
    if not config.takedown:
        return erased
    return erased | takedown.parse(config.takedown, storage.read_bytes(storage.absolute(config.takedown)))


def _publish(
    raw: str, data_root: str, config: DataConfig, entries: Sequence[Entry], base: Snapshot | None,
    found: Changes, refused: Sequence[str],
) -> str:  # fmt: skip
    """Write the listing at the place that its content names, unless it is there."""
    lineage = snapshot.lineage(raw, config)
    name = _digest(entries, refused)
    place = storage.join(data_root, "listings", lineage, name)
    uri = storage.join(place, "listing.json")
    if storage.exists(uri):
        return uri
    entries_uri = storage.join(place, "entries")
    manifest.write_entries(entries_uri, entries)
    listing = Listing(
        raw=raw, lineage=lineage, digest=name, entries_uri=entries_uri, base_snapshot_uri=base.uri if base else None,
        images=len(entries), new_images=found.new, removed_images=found.removed, taken_down_images=found.taken_down,
        takedown=tuple(refused),
    )  # fmt: skip
    published.publish(listing, uri)
    return uri


def _digest(entries: Sequence[Entry], refused: Sequence[str]) -> str:
    # Not the checksum: the version tells content apart, and of local files it is known only beside a base snapshot.
    lines = (json.dumps([value for name, value in vars(entry).items() if name != "checksum"]) for entry in entries)
    return digest.of_lines(chain(lines, [""], refused))


def _tell(record: Recorder, entries: Sequence[Entry], found: Changes, why: str, uri: str) -> None:
    """Say what was found, for the log and the run's summary."""
    print(f"Goes on because of {why}." if why else "Ends early: too little changed.")
    for name, count in found.removed_from.items():
        print(f"No longer used of increment {name}: {count}.")
    record.facts(
        images=len(entries), new_images=found.new, removed_images=found.removed, taken_down_images=found.taken_down,
        removed_from=dict(found.removed_from), drift=round(found.drift, 4), goes_on_because=why, listing_uri=uri,
    )  # fmt: skip
