"""Carries a plan out: replacements first, then the pointers, removals last. Doing it again does the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from components import manifest, parts, snapshot, storage
from components.artifacts import Snapshot
from components.erasure import ledger
from components.erasure.plan import Plan, Succession, begin, end
from components.erasure.rewriting import renamed, rewrite
from components.errors import StorageError
from components.manifest import ADMITTED, DUPLICATE, NEAR_DUPLICATE, QUARANTINED, Reason, Row


def carry_out(data_root: str, plan: Plan) -> None:
    """Erase what the plan names. No run may be in progress. Raises StorageError; then the same command goes on."""
    begin(data_root, plan)
    ledger.add(data_root, plan.ids)
    for replacement in plan.replacements:
        rewrite(replacement)
    for succession in plan.successions:
        _succeed(data_root, succession, plan)
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


def _succeed(data_root: str, item: Succession, plan: Plan) -> None:
    """Publish the newest snapshot without the images and make it the newest."""
    if not storage.exists(item.new_uri):
        old = Snapshot.model_validate_json(storage.read_bytes(item.uri))
        snapshot.publish(_without(old, item.new_uri, plan))
    new = Snapshot.model_validate_json(storage.read_bytes(item.new_uri))
    newest = snapshot.latest(data_root, item.lineage)
    if newest is None or newest.uri not in (item.uri, item.new_uri):
        raise StorageError(
            f"A run published a newer snapshot of {item.lineage} meanwhile. Let it end, then erase again."
        )
    snapshot.set_latest(data_root, item.lineage, new)


def _without(old: Snapshot, uri: str, plan: Plan) -> Snapshot:
    by_uri = {item.uri: item for item in plan.replacements}  # equal records elsewhere have the same id
    manifest_uri = storage.join(uri.rsplit("/", 1)[0], "manifest")
    parts.write(manifest_uri, Row, _rows(old, plan))
    increments = [renamed(item, by_uri[item.uri]) if item.uri in by_uri else item for item in old.increments]
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
            "erased": old.erased + _admitted(old) - statuses[ADMITTED],
        }
    )  # fmt: skip


def _admitted(made: Snapshot) -> int:
    return sum(sum(of_split.values()) for of_split in made.counts.values())


def _rows(old: Snapshot, plan: Plan) -> Iterator[Row]:
    ids, names = set(plan.ids), {item.increment_id: item.new_id for item in plan.replacements}
    for row in manifest.read_rows(old.manifest_uri):
        yield _erased(row) if row.id in ids else replace(row, increment=names.get(row.increment, row.increment))


def _erased(row: Row) -> Row:
    """What is left of an erased image's row: where it lay, and the id by which it is refused from now on."""
    blank = Row(row.path, row.uri, row.label, row.source, "", row.size, row.version)
    return replace(blank, id=row.id, status=QUARANTINED, reason=Reason.TAKEN_DOWN.value, detail="it was erased")
