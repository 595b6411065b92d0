"""Writes an increment anew without some of its images, a shard in memory at a time."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from components import records, storage
from components.artifacts import Increment
from components.erasure.plan import Replacement

INFO = "dataset_info.json"  # TFDS's description of an increment; written last


def rewrite(item: Replacement) -> None:
    """Write the replacement, unless it is there. Shards without these images are copied as they are."""
    if not item.new_uri or storage.exists(storage.join(item.new_uri, INFO)):
        return
    files = {info.uri.rsplit("/", 1)[-1]: info for info in storage.list_files(item.uri)}
    touched = set(records.places(item.uri, item.ids))
    lengths: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for name, info in files.items():
        if name == INFO:
            continue
        if info.uri in touched:
            content, lengths[name], _ = records.without(info.uri, item.ids)
        else:
            content = storage.read_bytes(info.uri)
        sizes[name] = len(content)
        storage.write_bytes(storage.join(item.new_uri, name), content)
    before = json.loads(storage.read_bytes(files[INFO].uri))
    after = json.dumps(described(before, lengths, sizes), indent=2)
    storage.write_text(storage.join(item.new_uri, INFO), after)


def described(info: dict[str, Any], lengths: dict[str, int], sizes: dict[str, int]) -> dict[str, Any]:
    """TFDS's description after some shards have changed; splits that are empty now are left out. Pure.

    lengths: records of the changed shards by file name. sizes: bytes of all shards.
    """
    splits = []
    for split in info["splits"]:
        names = sorted(name for name in sizes if records.is_shard(name) and records.split_of(name) == split["name"])
        counts = [lengths.get(name, int(old)) for name, old in zip(names, split["shardLengths"], strict=True)]
        if any(counts):
            size = str(sum(sizes[name] for name in names))
            splits.append({**split, "shardLengths": [str(count) for count in counts], "numBytes": size})
    return {**info, "splits": splits}


def renamed(made: Increment, item: Replacement) -> Increment | None:
    """The replacement as snapshots name it; None if no image is left. The old increment must still be there."""
    if not item.new_uri:
        return None
    gone: Counter[tuple[str, int]] = Counter()
    for uri in records.places(item.uri, item.ids):
        split = records.split_of(uri.rsplit("/", 1)[-1])
        _, _, left_out = records.without(uri, item.ids)
        gone.update({(split, label): count for label, count in left_out.items()})
    counts = {
        split: {label: images - gone[split, place] for place, (label, images) in enumerate(labels.items())}
        for split, labels in made.counts.items()
    }
    return Increment(increment_id=item.new_id, uri=item.new_uri, counts=counts)
