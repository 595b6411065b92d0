"""Finds named files by listing folders page by page: one request for a thousand files, not one for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from components import storage
from components.ingest.layout import normal
from components.storage import FileInfo

FEW = 16  # sibling folders that are listed one by one rather than all that lies beside them, too


def find(uris: Iterable[str]) -> dict[str, FileInfo]:
    """What listings show of the named files; those that are not there are left out. Raises StorageError."""
    wanted = {normal(uri): uri for uri in uris}
    found: dict[str, FileInfo] = {}
    for folder in folders(wanted.values()):
        for info in storage.list_files(folder):
            uri = wanted.get(normal(info.uri))
            if uri is not None:
                found[uri] = info
    return found


def folders(uris: Iterable[str]) -> list[str]:
    """Few folders, none inside another, under which all of these files lie, in order of name."""
    parents = {tuple(uri.split("/")[:-1]) for uri in uris}
    # Before this many parts nothing can be listed: gs: / "" / bucket, and "" / the first local folder.
    by_store: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for parent in parents:
        by_store[parent[: 3 if parent[0] == "gs:" else 2]].add(parent)
    return sorted("/".join(folder) for group in by_store.values() for folder in _narrow(group))


def _narrow(parents: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The common folder, or narrower ones if they are few and hold everything."""
    first, last = min(parents), max(parents)
    depth = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    common = first[:depth]
    if common in parents:
        return [common]
    children: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for parent in parents:
        children[parent[depth]].add(parent)
    if len(children) > FEW:
        return [common]
    return [folder for child in children.values() for folder in _narrow(child)]
