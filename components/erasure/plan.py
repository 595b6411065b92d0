"""What an erasure is going to do; also the journal of one that has begun."""

from __future__ import annotations

from components import published, storage
from components.artifacts import Pointer


class Replacement(Pointer):
    """An increment that holds erased images, and the one that takes its place."""

    increment_id: str
    uri: str
    new_id: str
    new_uri: str  # "" if no image is left
    ids: tuple[str, ...]  # that it holds


class Succession(Pointer):
    """A lineage whose newest snapshot holds erased images."""

    lineage: str
    uri: str  # of its snapshot.json
    new_uri: str


class Plan(Pointer):
    """Everything by name, so that it can be shown before and finished after an interruption."""

    ids: tuple[str, ...]
    uris: tuple[str, ...] = ()  # of their raw files
    paths: tuple[str, ...] = ()  # in their raw folders
    alike: tuple[str, ...] = ()  # paths of kept images of which an erased one is an edit: left alone
    replacements: tuple[Replacement, ...] = ()
    successions: tuple[Succession, ...] = ()
    snapshot_ids: tuple[str, ...] = ()  # of snapshots that hold erased images
    snapshots: tuple[str, ...] = ()  # their folders
    folders: tuple[str, ...] = ()  # listings, unfinished increments, results and caches to be removed
    files: tuple[str, ...] = ()  # pages, answers and raw copies to be removed

    @property
    def is_empty(self) -> bool:
        """Whether nothing holds what is to be erased."""
        return not (self.replacements or self.successions or self.snapshots or self.folders or self.files)


def pending(data_root: str) -> Plan | None:
    """The plan of an erasure that was cut short."""
    return published.find(Plan, _uri(data_root))


def begin(data_root: str, plan: Plan) -> None:
    """Keep the plan until it is carried out, in place of the one that it goes on with."""
    storage.write_text(_uri(data_root), plan.model_dump_json())


def end(data_root: str) -> None:
    """The plan is carried out."""
    storage.remove(_uri(data_root))


def _uri(data_root: str) -> str:
    return storage.join(data_root, "erasure.json")
