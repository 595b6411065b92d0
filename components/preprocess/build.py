"""Builds a snapshot from a listing: runs the pipeline into fresh folders, then describes what it made."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence

from components import manifest, parts, snapshot, storage
from components.artifacts import SPLITS, Listing, Snapshot
from components.config import DataConfig
from components.manifest import Row
from components.preprocess import flow, increment
from components.preprocess.job import Job
from components.preprocess.leftovers import MANIFEST
from components.preprocess.ticks import reported
from components.preprocess.writing import Tally
from components.runs import Recorder


def build(
    listing: Listing, base: Snapshot | None, uri: str, key: str, data_root: str,
    config: DataConfig, options: Sequence[str], record: Recorder,
) -> Snapshot:  # fmt: skip
    """A listing's snapshot, to be published at uri. Equal listings and bases give equal snapshots, however often."""
    started = time.monotonic()
    siblings = storage.join(data_root, "increments", listing.lineage)
    run = uuid.uuid4().hex[:8]  # places of its own: a slower run of the same key must not write what is published
    with reported(record, listing.new_images) as ticks:
        job = Job(
            listing.entries_uri, base.manifest_uri if base else "", storage.join(siblings, f"{key}-{run}"),
            storage.join(uri.rsplit("/", 1)[0], f"{MANIFEST}{run}"), listing.images, _labels(listing, base),
            increment.shard_counts(listing.new_images, config), frozenset(listing.takedown), config, ticks,
        )  # fmt: skip
        flow.execute(job, options)
    made = _describe(job, base, uri)
    for folder in (job.staging, job.sums) if made.new_images else (job.folder,):
        storage.remove_folder(folder)
    return made.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


def _labels(listing: Listing, base: Snapshot | None) -> tuple[str, ...]:
    """The label map: the base's, then new brands in order of name."""
    before = base.labels if base else ()
    found = {entry.label for entry in manifest.read_entries(listing.entries_uri) if not entry.problem}
    return (*before, *sorted(found - set(before)))


def _describe(job: Job, base: Snapshot | None, uri: str) -> Snapshot:
    """Finish the increment, and add up what the pipeline told."""
    shards, tallies = flow.told(job)
    if not tallies:
        parts.write(job.manifest_uri, Row, [])
    added = increment.finish(job.folder, shards, job.labels, dict(job.shards), job.config)
    used = {name for tally in tallies for name in tally.increments}
    before = [item for item in base.increments if item.increment_id in used] if base else []
    increments = (*before, *([added] if added else []))
    names = [item.increment_id for item in increments]
    return Snapshot(
        snapshot_id=snapshot.named([tally.rows_digest for tally in tallies], job.labels, names), uri=uri,
        manifest_uri=job.manifest_uri, labels=job.labels, increments=increments,
        stored_side_px=job.config.stored_side_px, counts=_counts(tallies, job.labels),
        quarantined=dict(sorted(_added(tally.quarantined for tally in tallies).items())),
        duplicates=sum(tally.duplicates for tally in tallies),
        near_duplicates=sum(tally.near_duplicates for tally in tallies),
        new_images=sum(shard.images for shard in shards), seconds=0.0,
    )  # fmt: skip


def _counts(tallies: Sequence[Tally], labels: Iterable[str]) -> dict[str, dict[str, int]]:
    sums = {split: _added(tally.admitted[split] for tally in tallies) for split in SPLITS}
    return {split: {label: sums[split][label] for label in labels} for split in SPLITS}


def _added(counts: Iterable[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in counts:
        total.update(part)
    return total
