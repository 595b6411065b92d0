"""Carries a plan out: replacements first, then the pointers, removals last. Doing it again does the rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from components import manifest, parts, records, snapshot, storage
from components.artifacts import Increment, Snapshot
from components.erasure import ledger
from components.erasure.plan import Plan, Replacement, Succession, begin, end
from components.errors import StorageError
from components.manifest import DUPLICATE, NEAR_DUPLICATE, QUARANTINED, Reason, Row

INFO = "dataset_info.json"  # TFDS's description of an increment; written last


def carry_out(data_root: str, plan: Plan) -> None:
    """Erase what the plan names. No run may be in progress. Raises StorageError; then the same command goes on."""
    begin(data_root, plan)
    ledger.add(data_root, plan.ids)
    made = {item.increment_id: _replaced(item) for item in plan.replacements}
    for item in plan.successions:
        _succeed(data_root, item, plan, made)
    for folder in plan.snapshots:
        storage.remove(storage.join(folder, "snapshot.json"))  # what nobody can find may go in pieces
    for folder in (*plan.snapshots, *plan.folders, *(item.uri for item in plan.replacements)):
        _remove(folder)
    for file in plan.files:
        storage.remove(file)
    end(data_root)


def _remove(folder: str) -> None:
    storage.remove_folder(folder)
    left = next(iter(storage.list_files(folder)), None)
    if left:
        raise StorageError(f"{left.uri} cannot be removed. Check its owner and mode, then erase again.")


def _replaced(item: Replacement) -> Counter[tuple[str, int]] | None:
    """Write the increment without the images, unless it is there; (split, class) -> images that were left out."""
    if not any(True for _ in storage.list_files(item.uri)):
        return None  # removed already: the snapshots that name it are, too
    gone: Counter[tuple[str, int]] = Counter()
    contents: dict[str, bytes] = {}
    lengths: dict[str, int] = {}
    for info in storage.list_files(item.uri):
        name = info.uri.rsplit("/", 1)[-1]
        if records.is_shard(name):
            content, lengths[name], left_out = records.without(info.uri, item.ids)
            gone.update({(records.split_of(name), label): count for label, count in left_out.items()})
            contents[name] = content
        else:
            contents[name] = storage.read_bytes(info.uri)
    if item.new_uri and not storage.exists(storage.join(item.new_uri, INFO)):
        sizes = {name: len(contents[name]) for name in lengths}
        contents[INFO] = json.dumps(described(json.loads(contents[INFO]), lengths, sizes), indent=2).encode()
        for name in sorted(contents, key=lambda name: name == INFO):
            storage.write_bytes(storage.join(item.new_uri, name), contents[name])
    return gone


def described(info: dict[str, Any], lengths: dict[str, int], sizes: dict[str, int]) -> dict[str, Any]:
    """TFDS's description with the shards' new lengths (records) and sizes (bytes); empty splits are left out. Pure."""
    splits = []
    for split in info["splits"]:
        names = sorted(name for name in lengths if records.split_of(name) == split["name"])
        shown = {
            "shardLengths": [str(lengths[name]) for name in names],
            "numBytes": str(sum(sizes[name] for name in names)),
        }
        if any(lengths[name] for name in names):
            splits.append({**split, **shown})
    return {**info, "splits": splits}


def _succeed(data_root: str, item: Succession, plan: Plan, made: dict[str, Counter[tuple[str, int]] | None]) -> None:
    """Publish the newest snapshot without the images and make it the newest."""
    if not storage.exists(item.new_uri):
        old = Snapshot.model_validate_json(storage.read_bytes(item.uri))
        snapshot.publish(_without(old, item.new_uri, plan, made))
    new = Snapshot.model_validate_json(storage.read_bytes(item.new_uri))
    newest = snapshot.latest(data_root, item.lineage)
    if newest is None or newest.uri not in (item.uri, item.new_uri):
        raise StorageError(
            f"A run published a newer snapshot of {item.lineage} meanwhile. Let it end, then erase again."
        )
    snapshot.set_latest(data_root, item.lineage, new)


def _without(old: Snapshot, uri: str, plan: Plan, made: dict[str, Counter[tuple[str, int]] | None]) -> Snapshot:
    by_id = {item.increment_id: item for item in plan.replacements}
    manifest_uri = storage.join(uri.rsplit("/", 1)[0], "manifest")
    parts.write(manifest_uri, Row, _rows(old, plan, by_id))
    increments = [_renamed(item, by_id, made) for item in old.increments]
    left = tuple(item for item in increments if item)
    statuses: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for row in manifest.read_rows(manifest_uri):
        statuses[row.status] += 1
        reasons.update([row.reason] if row.status == QUARANTINED else [])
    name = snapshot.content_id(manifest.read_rows(manifest_uri), old.labels, [item.increment_id for item in left])
    return old.model_copy(
        update={
            "snapshot_id": name, "uri": uri, "manifest_uri": manifest_uri, "increments": left,
            "counts": snapshot.counts(manifest.read_rows(manifest_uri), old.labels),
            "quarantined": dict(sorted(reasons.items())),
            "duplicates": statuses[DUPLICATE], "near_duplicates": statuses[NEAR_DUPLICATE],
        }
    )  # fmt: skip


def _rows(old: Snapshot, plan: Plan, by_id: dict[str, Replacement]) -> Iterator[Row]:
    ids = set(plan.ids)
    for row in manifest.read_rows(old.manifest_uri):
        if row.id in ids:
            yield _erased(row)
        elif row.increment in by_id:
            yield replace(row, increment=by_id[row.increment].new_id)
        else:
            yield row


def _erased(row: Row) -> Row:
    """What is left of an erased image's row: where it lay, and the id by which it is refused from now on."""
    blank = Row(row.path, row.uri, row.label, row.source, "", row.size, row.version)
    return replace(blank, id=row.id, status=QUARANTINED, reason=Reason.TAKEN_DOWN.value, detail="it was erased")


def _renamed(
    item: Increment, by_id: dict[str, Replacement], made: dict[str, Counter[tuple[str, int]] | None]
) -> Increment | None:
    new = by_id.get(item.increment_id)
    if new is None:
        return item
    if not new.new_uri:
        return None
    gone = made[item.increment_id] or Counter()
    counts = {
        split: {label: images - gone[split, place] for place, (label, images) in enumerate(labels.items())}
        for split, labels in item.counts.items()
    }
    return Increment(increment_id=new.new_id, uri=new.new_uri, counts=counts)
