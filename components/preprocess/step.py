"""Turns a listing into a snapshot; a listing that was processed before costs a look-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components import published, runs, snapshot, storage
from components.artifacts import Listing, Snapshot
from components.config import DataConfig, parse
from components.errors import InputError
from components.preprocess import leftovers


def run(
    listing_uri: str, data_root: str, data: Mapping[str, Any], beam_options: Sequence[str], snapshot_path: str
) -> None:
    """Publish the listing's snapshot under the data root and write its pointer to snapshot_path.

    beam_options: Beam's command-line options; they decide where it runs, never the result.
    Raises InputError if there is no such listing or if it was made with other data settings.
    """
    with runs.step("preprocess", data_root) as record:
        config = parse(DataConfig, data, "data")
        root = storage.absolute(data_root).rstrip("/")
        listing = _listing(listing_uri, config)
        key = published.key(lineage=listing.lineage, listing=listing.digest)
        uri = storage.join(snapshot.folder(root, listing.lineage), key, "snapshot.json")

        def make() -> Snapshot:
            from components.preprocess.build import build  # imports Beam, which takes seconds

            base = published.find(Snapshot, listing.base_snapshot_uri) if listing.base_snapshot_uri else None
            return build(listing, base, uri, key, root, config, beam_options, record)

        made, record.reused = published.once(Snapshot, uri, make)
        snapshot.set_latest(root, listing.lineage, made)
        leftovers.clean(made, key, root, listing.lineage)
        made.write(snapshot_path)
        record.facts(
            snapshot_id=made.snapshot_id, counts=made.counts, quarantined=made.quarantined,
            duplicates=made.duplicates, near_duplicates=made.near_duplicates, new_images=made.new_images,
        )  # fmt: skip


def _listing(uri: str, config: DataConfig) -> Listing:
    listing = published.find(Listing, uri)
    if listing is None:
        raise InputError(f"There is no listing at {uri}. Run ingest first.")
    if snapshot.lineage(listing.raw, config) != listing.lineage:
        raise InputError(f"{uri} was made with other data settings. Run ingest with the settings of preprocess.")
    return listing
