"""Where the feature cache lies: <data root>/features, mapped from this machine's disk.

A bucket's files are brought once to $BRANDLENS_FEATURES, or to brandlens/features in the user's cache. Copies that were
not used for long go when a run starts; the rule is that of the cache itself, tuning.store.eviction.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Literal

from components import digest, storage
from components.stored_files import StoredFiles
from tuning.store import eviction
from tuning.store.files import MappedFolder

FOLDER = "BRANDLENS_FEATURES"
AUTO_SHARE = 0.5  # of what the cache holds and what is free beside it
GB = 10**9


class FeatureFiles(StoredFiles):
    """tuning.store.files.MappedFiles under a folder's or a bucket's uri. Every method may raise StorageError."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._is_remote = storage.is_remote(root)
        self.disk = MappedFolder(cache_folder() / digest.of_json(root) if self._is_remote else root)
        self._stamped: set[str] = set()

    def local(self, name: str) -> Path | None:
        """See MappedFiles."""
        found = self.disk.local(name)
        if not self._is_remote:
            return found
        if found is None:
            content = self.read(name)
            if content is None:
                return None
            self.disk.write(name, content)
        self._stamp(name)
        return self.disk.local(name)

    def forget(self, name: str) -> None:
        """See MappedFiles."""
        self.disk.remove(name)

    def write(self, name: str, content: bytes) -> None:
        """See Files. What was written to a bucket need not be brought from there."""
        super().write(name, content)
        if self._is_remote and not name.endswith(".json"):
            self.disk.write(name, content)

    def names(self, prefix: str = "") -> list[str]:
        """See Files."""
        return [name for name in self._listed(prefix.rpartition("/")[0]) if name.startswith(prefix)]

    def sizes(self) -> dict[str, int]:
        """See MappedFiles."""
        return self._listed("")

    def folder(self) -> Path:
        """See MappedFiles."""
        return self.disk.folder()

    def _listed(self, folder: str) -> dict[str, int]:
        """Files below a folder of the cache, by name, with their bytes."""
        start = len(self.root.rstrip("/")) + 1
        place = storage.join(self.root, folder) if folder else self.root
        return {info.uri[start:]: info.size for info in storage.list_files(place)}

    def _stamp(self, name: str) -> None:
        folder = eviction.folder_of(name)
        if folder not in self._stamped:
            self._stamped.add(folder)
            eviction.stamp(self.disk, folder)


def open_files(data_root: str, budget_gb: Literal["auto"] | float) -> tuple[FeatureFiles, float]:
    """The cache below a data root, and how many bytes it may hold.

    "auto": half of what it holds and what is free on the data root's disk; if that is a bucket, of what this machine
    has copied and what is free on its disk.
    """
    files = FeatureFiles(storage.join(storage.absolute(data_root), "features"))
    folder = files.folder()
    held = sum(files.disk.sizes().values())
    automatic = AUTO_SHARE * (held + shutil.disk_usage(folder).free)
    if storage.is_remote(files.root):
        eviction.evict(files.disk, automatic / 2)  # the other half is for what this run brings
    return files, automatic if budget_gb == "auto" else budget_gb * GB


def cache_folder() -> Path:
    """Where this machine's copies lie."""
    if named := os.environ.get(FOLDER):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "brandlens" / "features"
