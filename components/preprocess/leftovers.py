"""What killed runs left behind: folders that no published snapshot names."""

from __future__ import annotations

from components import published, storage
from components.artifacts import Snapshot

MANIFEST = "manifest-"  # what the names of manifests begin with, beside their snapshot


def clean(made: Snapshot, key: str, data_root: str, lineage: str) -> None:
    """Remove the folders of runs of the same key that were killed, or slower. made: what that key published."""
    increments = [item.uri for item in made.increments]
    published.remove_others(storage.join(data_root, "increments", lineage), increments, f"{key}-")
    published.remove_others(made.uri.rsplit("/", 1)[0], [made.manifest_uri], MANIFEST)
