"""What was made of images besides records: pages with thumbnails, answers, listings, features, copies on this disk."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from components import digest, storage

RESULTS = ("evaluate", "check", "report")  # <step>/<key>/: any file of a key condemns all of it
PICTURES = (".html", ".png", ".jpg", ".jpeg", ".svg")


@dataclass
class Found:
    """Folders and files to be removed."""

    folders: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


def find(
    data_root: str, ids: Collection[str], uris: Collection[str], paths: Collection[str], snapshot_ids: Collection[str]
) -> Found:
    """Everything that names an erased image or shows pictures of a snapshot that held it."""
    found = Found()
    images = needles([*ids, *uris, *paths])
    snapshots = needles(snapshot_ids)
    for step in RESULTS:
        found.folders |= _holders(storage.join(data_root, step), (*images, *snapshots))
    found.folders |= _listings(storage.join(data_root, "listings"), uris)
    found.files |= set(_answers(storage.join(data_root, "predictions"), ids))
    found.files |= set(_of_runs(storage.join(data_root, "runs"), images, snapshots))
    copies = storage.join(data_root, "raw") + "/"
    found.files |= {uri for uri in uris if uri.startswith(copies) and storage.exists(uri)}
    return found


def caches(data_root: str, increment_ids: Collection[str], touched: bool) -> Iterator[str]:
    """Features, which hold decoded pixels, and this machine's copies of shards and features."""
    from components import feature_files, shards

    features = storage.join(data_root, "features")
    if touched:
        yield from (place for place in [features] if any(True for _ in storage.list_files(place)))
        copies = str(feature_files.cache_folder() / digest.of_json(features))
        yield from (place for place in [copies] if any(True for _ in storage.list_files(place)))
    kept = shards.cache_folder()
    for folder in sorted(kept.iterdir()) if kept.is_dir() else []:
        if folder.name.rsplit("-", 1)[0] in increment_ids:
            yield str(folder)


def needles(texts: Collection[str]) -> tuple[bytes, ...]:
    """Every spelling in which a text stands in JSON and HTML."""
    written = [text for text in texts if text]
    spellings = {
        *written, *map(html.escape, written), *(html.escape(text, quote=False) for text in written),
        *(json.dumps(text)[1:-1] for text in written),
    }  # fmt: skip
    return tuple(sorted(spelling.encode("utf-8", "surrogateescape") for spelling in spellings))


def _mentions(content: bytes, wanted: Collection[bytes]) -> bool:
    return any(needle in content for needle in wanted)


def _holders(root: str, wanted: Collection[bytes]) -> set[str]:
    """Folders just below root in which a file mentions what is wanted."""
    found = set()
    for info in storage.list_files(root):
        folder = storage.join(root, info.uri[len(root) + 1 :].split("/", 1)[0])
        if folder not in found and _mentions(storage.read_bytes(info.uri), wanted):
            found.add(folder)
    return found


def _listings(root: str, uris: Collection[str]) -> set[str]:
    from components import manifest

    return {
        info.uri.rsplit("/", 1)[0]
        for info in storage.list_files(root)
        if info.uri.endswith("/listing.json")
        and any(entry.uri in uris for entry in manifest.read_entries(_entries_uri(info.uri)))
    }


def _entries_uri(listing: str) -> str:
    return str(json.loads(storage.read_bytes(listing))["entries_uri"])


def _answers(root: str, ids: Collection[str]) -> Iterator[str]:
    import pyarrow.parquet as pq

    for info in storage.list_files(root):
        columns = pq.read_table(io.BytesIO(storage.read_bytes(info.uri)), columns=["id"])
        if not set(ids).isdisjoint(columns.column("id").to_pylist()):
            yield info.uri


def _of_runs(root: str, images: Collection[bytes], snapshots: Collection[bytes]) -> Iterator[str]:
    """Pages and artifacts of the runs that saw such a snapshot, and whatever else names an image."""
    by_run: dict[str, list[tuple[str, bool]]] = {}
    seen: set[str] = set()
    for info in storage.list_files(root):
        run, _, name = info.uri[len(root) + 1 :].partition("/")
        content = storage.read_bytes(info.uri)
        shows = name.endswith(PICTURES) or name.startswith("artifacts/")
        by_run.setdefault(run, []).append((info.uri, shows))
        if _mentions(content, snapshots):
            seen.add(run)
        if _mentions(content, images):
            yield info.uri
    yield from (uri for run in seen for uri, shows in by_run[run] if shows)
