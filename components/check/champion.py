"""Finds the snapshot that the champion learned from: what has changed since is measured against it."""

from __future__ import annotations

from dataclasses import dataclass

from components import registry, storage
from components.artifacts import Finding, Snapshot

LATER = "Once a model is in service, what has changed since it learned is measured here."


@dataclass(frozen=True)
class Reference:
    """The champion and the snapshot that it learned from; None where there is none, and then remark says why."""

    version: int | None
    snapshot_id: str | None
    snapshot: Snapshot | None
    remark: Finding | None = None


def reference(data_root: str, now: Snapshot) -> Reference:
    """What this snapshot is compared with. Raises StorageError if the registry cannot be read."""
    champion = registry.champion(data_root)
    if champion is None:
        return Reference(None, None, None, _remark("no_champion", "No champion yet: drift is not measured.", LATER))
    version, name = champion.version, champion.snapshot_id
    if name == now.snapshot_id:
        message = f"The champion (version {version}) learned from this same snapshot: nothing has drifted."
        return Reference(version, name, None, _remark("same_snapshot", message, "There is nothing to do."))
    return Reference(version, name, find(data_root, name), None)


def gone(version: int | None, snapshot_id: str | None) -> Finding:
    """The remark that the champion's snapshot cannot be read any more."""
    message = (
        f"The snapshot {snapshot_id} that the champion (version {version}) learned from is not there any more: "
        "drift is not measured."
    )
    return _remark("champion_snapshot_gone", message, "The next model that is promoted brings its own snapshot.")


def find(data_root: str, snapshot_id: str) -> Snapshot | None:
    """A published snapshot by its id, or None if it was erased. Raises StorageError if one cannot be read."""
    for info in storage.list_files(storage.join(data_root, "snapshots")):
        if not info.uri.endswith("/snapshot.json"):
            continue
        found = Snapshot.model_validate_json(storage.read_bytes(info.uri))
        if found.snapshot_id == snapshot_id:
            return found
    return None


def _remark(code: str, message: str, remedy: str) -> Finding:
    return Finding(code=code, message=message, remedy=remedy, severity="remark")
