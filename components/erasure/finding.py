"""Finds everything under a data root that holds the images that are asked for. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from components import digest, manifest, records, snapshot, storage
from components.artifacts import Increment, Snapshot
from components.erasure import derived
from components.erasure.plan import Plan, Replacement, Succession
from components.erasure.request import Request, Traces, follow, follow_edits
from components.manifest import Reason, Row


def find(data_root: str, request: Request, begun: Plan | None = None) -> Plan:
    """Where the images are held. begun: the plan of an erasure that was cut short; it is finished along.

    Reads every manifest, and of every increment the shards in which an id would lie. Raises StorageError.
    """
    before = begun or Plan(ids=())
    snapshots = _snapshots(data_root)
    traces = _traces(snapshots, request, before)
    ids = frozenset(traces.ids)
    found = [item for made in _increments(snapshots) if (item := _replacement(made, ids))]
    replacements = [*found, *_unfinished(before, found)]
    replaced = {item.increment_id for item in replacements}
    held = [made for made in snapshots if _holds(made, replaced, ids)]
    names = {made.snapshot_id for made in held}.union(before.snapshot_ids)
    touched = bool(held or replacements or begun)
    others = derived.find(data_root, ids, traces.uris, traces.paths, names)
    others.folders.update(derived.caches(data_root, replaced, touched))
    others.folders.update(_orphans(data_root, snapshots, replacements) if touched else ())
    folders = {made.uri.rsplit("/", 1)[0] for made in held}.union(before.snapshots)
    return Plan(
        ids=tuple(sorted(ids)), uris=tuple(sorted(traces.uris)), paths=tuple(sorted(traces.paths)),
        alike=tuple(sorted(traces.alike - traces.paths)), replacements=tuple(replacements),
        successions=tuple(_successions(data_root, held, ids)), snapshot_ids=tuple(sorted(names)),
        snapshots=tuple(sorted(folders)), folders=tuple(sorted(others.folders)), files=tuple(sorted(others.files)),
    )  # fmt: skip


def _traces(snapshots: list[Snapshot], request: Request, before: Plan) -> Traces:
    traces = Traces({*request.named.ids, *before.ids}, set(before.uris), set(before.paths))
    known = -1
    while known < len(traces.ids):  # a copy may have copies and edits of its own in another manifest
        known = len(traces.ids)
        for made in snapshots:
            paths = follow(_rows(made), request, traces)
            follow_edits(_rows(made), paths, traces)
    return traces


def _holds(made: Snapshot, replaced: set[str], ids: frozenset[str]) -> bool:
    """Whether a snapshot names an increment that is to go, or tells more of an image than that it was taken down."""
    if not replaced.isdisjoint(item.increment_id for item in made.increments):
        return True
    return any(row.id in ids and row.reason != Reason.TAKEN_DOWN.value for row in _rows(made))


def _snapshots(data_root: str) -> list[Snapshot]:
    found = storage.list_files(storage.join(data_root, "snapshots"))
    uris = [info.uri for info in found if info.uri.endswith("/snapshot.json")]
    return [Snapshot.model_validate_json(storage.read_bytes(uri)) for uri in uris]


def _rows(made: Snapshot) -> Iterator[Row]:
    return manifest.read_rows(made.manifest_uri)


def _increments(snapshots: list[Snapshot]) -> list[Increment]:
    return list({item.uri: item for made in snapshots for item in made.increments}.values())


def _replacement(made: Increment, ids: frozenset[str]) -> Replacement | None:
    held = records.held(made.uri, ids)
    if not held:
        return None
    name = digest.of_json([made.increment_id, sorted(held)])
    left = sum(sum(split.values()) for split in made.counts.values()) - len(held)
    return Replacement(
        increment_id=made.increment_id, uri=made.uri, new_id=name, ids=tuple(sorted(held)),
        new_uri=f"{made.uri.rsplit('/', 1)[0]}/{name}" if left else "",
    )  # fmt: skip


def _unfinished(before: Plan, found: list[Replacement]) -> list[Replacement]:
    """What an erasure that was cut short had still to remove, and no snapshot names any more."""
    known = {item.uri for item in found}
    return [item for item in before.replacements if item.uri not in known]


def _successions(data_root: str, held: list[Snapshot], ids: frozenset[str]) -> Iterator[Succession]:
    by_uri = {made.uri: made for made in held}
    for lineage in sorted({made.uri.split("/")[-3] for made in held}):
        newest = snapshot.latest(data_root, lineage)
        if newest and newest.uri in by_uri:
            name = f"erased-{digest.of_json([newest.snapshot_id, sorted(ids)])}"
            new_uri = storage.join(snapshot.folder(data_root, lineage), name, "snapshot.json")
            yield Succession(lineage=lineage, uri=newest.uri, new_uri=new_uri)


def _orphans(data_root: str, snapshots: list[Snapshot], replacements: list[Replacement]) -> Iterator[str]:
    """Increments that no snapshot names: runs that were killed left them, and nobody knows what they hold."""
    root = storage.join(data_root, "increments")
    # A replacement that was written before an interruption has no snapshot yet.
    known = {item.uri for item in _increments(snapshots)} | {item.new_uri for item in replacements}
    places = {"/".join(info.uri[len(root) + 1 :].split("/")[:2]) for info in storage.list_files(root)}
    yield from (uri for place in places if (uri := storage.join(root, place)) not in known)
