"""What is listed for benchmarks.listing, and what ingest and preprocess do with it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from components import digest, manifest, parts, snapshot, storage
from components.artifacts import Listing, Snapshot
from components.config import DataConfig
from components.ingest.step import run
from components.manifest import ADMITTED, Row

FOLDERS = 100  # of posts, in ten sources of ten brands
GONE_EVERY = 100  # of the base snapshot's files, one is not there any more
NAMED = 100  # addresses in the takedown file


def make(folder: str, images: int) -> None:
    """Empty files, and a manifest beside them that names them all in another order."""
    paths = [f"brand{n % 10}/source{n // 10 % 10}/post{n % FOLDERS:03d}/{n:07d}.jpg" for n in range(images)]
    for path in {os.path.dirname(path) for path in paths}:
        os.makedirs(f"{folder}/raw/{path}")
    for path in paths:
        os.close(os.open(f"{folder}/raw/{path}", os.O_CREAT))
    os.mkdir(f"{folder}/sheets")
    with open(f"{folder}/sheets/all.jsonl", "w", encoding="utf-8") as file:
        for path in sorted(paths, key=digest.unit_interval):
            line = {"uri": f"{folder}/raw/{path}", "label": path.split("/")[0], "group": path.split("/")[2]}
            file.write(json.dumps(line) + "\n")


def by_folder(folder: str) -> dict[str, Any]:
    """The first ingest of a folder."""
    return _ingested(f"{folder}/raw", f"{folder}/root", {})


def by_manifest(folder: str) -> dict[str, Any]:
    """The first ingest of a manifest whose images lie elsewhere."""
    return _ingested(f"{folder}/sheets/all.jsonl", f"{folder}/root", {"allowed_roots": [f"{folder}/raw"]})


def again(folder: str) -> dict[str, Any]:
    """The folder beside a snapshot of it from which files were removed since, with a takedown file."""
    return _ingested(f"{folder}/raw", f"{folder}/root", {"takedown": f"{folder}/takedown.txt"})


def read_by_preprocess(folder: str) -> dict[str, Any]:
    """The listing beside the base snapshot, as preprocess reads both."""
    from components.preprocess import reading
    from components.preprocess.job import Job

    uri = _ingested(f"{folder}/raw", f"{folder}/root", {"takedown": f"{folder}/takedown.txt"})["uri"]
    listing = Listing.read(uri)
    base = Snapshot.read(str(listing.base_snapshot_uri))
    job = Job(
        listing.entries_uri, base.manifest_uri, f"{folder}/work", f"{folder}/work/manifest", listing.images,
        base.labels, {"train": 1}, frozenset(listing.takedown), DataConfig(), f"{folder}/ticks",
    )  # fmt: skip
    started = time.monotonic()
    packs = sum(1 for _ in reading.listing(None, job))
    return {"seconds": time.monotonic() - started, "images": listing.images, "packs": packs}


def _ingested(raw: str, root: str, data: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    uri = run(raw, root, data)
    listing = Listing.read(uri)
    told = {"images": listing.images, "removed": listing.removed_images, "digest": listing.digest, "uri": uri}
    return {**told, "seconds": time.monotonic() - started}


def base(folder: str) -> dict[str, Any]:
    """Publish a snapshot of the listed folder with some files more; name some files in a takedown file."""
    lineage = snapshot.lineage(f"{folder}/raw", DataConfig())
    (listing,) = Path(folder, "root/listings", lineage).glob("*/listing.json")
    rows = f"{folder}/root/base/manifest"
    parts.write(rows, Row, _rows(Listing.read(str(listing))))
    made = Snapshot(
        snapshot_id="base", uri=f"{folder}/root/base/snapshot.json", manifest_uri=rows,
        labels=tuple(f"brand{n}" for n in range(10)), increments=(), stored_side_px=256, counts={}, quarantined={},
        duplicates=0, new_images=0, seconds=0.0,
    )  # fmt: skip
    snapshot.set_latest(f"{folder}/root", lineage, snapshot.publish(made))
    named = [row.path for row, _ in zip(manifest.read_rows(rows), range(NAMED), strict=False)]
    storage.write_text(f"{folder}/takedown.txt", "\n".join(named))
    return {}


def _rows(listing: Listing) -> Iterator[Row]:
    """Every listed file as an admitted one, and after some of them one that is gone."""
    for number, entry in enumerate(manifest.read_entries(listing.entries_uri)):
        fields = {name: getattr(entry, name) for name in ("uri", "label", "source", "group", "size", "version")}
        for path in [entry.path, *([f"{entry.path}.gone"] if number % GONE_EVERY == 0 else [])]:
            yield Row(path, **fields, id=digest.of_bytes(path.encode()), status=ADMITTED, increment="i")


CASES: dict[str, Callable[[str], dict[str, Any]]] = {
    "folder": by_folder, "manifest": by_manifest, "again, some gone": again, "read by preprocess": read_by_preprocess,
}  # fmt: skip
