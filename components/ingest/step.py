"""Lists the raw images and says how many of them are new; never cached."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from components import digest, learned, manifest, parts, published, runs, snapshot, storage, takedown
from components.artifacts import Listing, Snapshot
from components.config import DataConfig, parse
from components.erasure import ledger
from components.ingest import address, changes, folder, named, refusal
from components.ingest.changes import Changes
from components.ingest.listed import Listed
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
    with runs.step("ingest", data_root) as record, tempfile.TemporaryDirectory(prefix="brandlens-") as scratch:
        config = parse(DataConfig, data, "data")
        raw, data_root = storage.absolute(raw).rstrip("/"), storage.absolute(data_root).rstrip("/")
        address.check(raw, data_root)
        listed = Listed.keep(_entries(raw, data_root, config, record), storage.join(scratch, "listed"), config.classes)
        address.check_brands(raw, listed.brands, config.classes)
        asked = _asked(data_root, config)
        storage.ensure_writable(data_root)
        base = snapshot.latest(data_root, snapshot.lineage(raw, config))
        before = partial(_rows, base)
        refused = refusal.ids(asked, before())
        if base or asked:
            listed = _judged(listed, before, asked, refused, storage.join(scratch, "judged"))
        found = changes.compare(listed, before)
        why = _reason(found, config, base, data_root)
        uri = _publish(raw, data_root, config, listed, base, found, sorted(refused)) if why else ""
        _tell(record, listed, found, why, uri)
        return uri


def _reason(found: Changes, config: DataConfig, base: Snapshot | None, data_root: str) -> str:
    if base is None:
        return "the first ingest"
    is_learned = learned.is_marked(data_root, base.snapshot_id)
    return changes.reason_to_go_on(found, config, base.erased, is_learned=is_learned)


def _entries(raw: str, data_root: str, config: DataConfig, record: Recorder) -> Iterator[Entry]:
    if address.is_dataset(raw):
        from components.ingest.dataset import materialise

        storage.ensure_writable(data_root)
        return folder.list_entries(materialise(raw, data_root, record))
    if address.is_manifest(raw):
        return named.list_entries(raw, config.allowed_roots, data_root)
    return folder.list_entries(raw)


def _judged(listed: Listed, before: changes.Rows, asked: Takedown, refused: frozenset[str], uri: str) -> Listed:
    """The listing with what the base snapshot and the takedown file say of its files, in place of the one before."""
    entries = changes.recognise(listed, before)
    judged = Listed.keep(refusal.apply(entries, asked, refused, before()) if asked else entries, uri)
    listed.remove()
    return judged


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
    raw: str, data_root: str, config: DataConfig, listed: Listed, base: Snapshot | None,
    found: Changes, refused: Sequence[str],
) -> str:  # fmt: skip
    """Write the listing at the place that its content names, unless it is there."""
    lineage = snapshot.lineage(raw, config)
    name = _digest(listed, refused)
    place = storage.join(data_root, "listings", lineage, name)
    uri = storage.join(place, "listing.json")
    if storage.exists(uri):
        return uri
    entries_uri = storage.join(place, "entries")
    listed.publish(entries_uri)
    listing = Listing(
        raw=raw, lineage=lineage, digest=name, entries_uri=entries_uri, base_snapshot_uri=base.uri if base else None,
        images=listed.images, new_images=found.new, removed_images=found.removed, taken_down_images=found.taken_down,
        takedown=tuple(refused),
    )  # fmt: skip
    published.publish(listing, uri)
    return uri


def _digest(entries: Iterable[Entry], refused: Sequence[str]) -> str:
    # Not the checksum: the version tells content apart, and of local files it is known only beside a base snapshot.
    lines = (json.dumps([value for name, value in vars(entry).items() if name != "checksum"]) for entry in entries)
    return digest.of_lines(chain(lines, [""], refused))


def _tell(record: Recorder, listed: Listed, found: Changes, why: str, uri: str) -> None:
    """Say what was found, for the log and the run's summary."""
    print(f"Goes on because of {why}." if why else "Ends early: too little changed.")
    for name, count in found.removed_from.items():
        print(f"No longer used of increment {name}: {count}.")
    record.facts(
        images=listed.images, new_images=found.new, removed_images=found.removed, taken_down_images=found.taken_down,
        removed_from=dict(found.removed_from), drift=round(found.drift, 4), goes_on_because=why, listing_uri=uri,
    )  # fmt: skip
