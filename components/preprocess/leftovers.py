"""What killed runs left behind: folders that no published snapshot names."""

from __future__ import annotations

from collections.abc import Collection

from components import storage
from components.artifacts import Snapshot

MANIFEST = "manifest-"  # what the names of manifests begin with, beside their snapshot


def clean(made: Snapshot, key: str, data_root: str, lineage: str) -> None:
    """Remove the folders of runs of the same key that were killed, or slower. made: what that key published."""
    _clean(storage.join(data_root, "increments", lineage), f"{key}-", [item.uri for item in made.increments])
    _clean(made.uri.rsplit("/", 1)[0], MANIFEST, [made.manifest_uri])


def _clean(folder: str, prefix: str, kept: Collection[str]) -> None:
    names = {info.uri[len(folder) + 1 :].split("/", 1)[0] for info in storage.list_files(folder)}
    for name in names:
        if name.startswith(prefix) and storage.join(folder, name) not in kept:
            storage.remove_folder(storage.join(folder, name))
