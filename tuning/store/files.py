"""What the cache needs of the place where it lies, beyond whole files by name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tuning.files import Files, Folder


class MappedFiles(Files, Protocol):
    """Files that can be mapped from this machine's disk."""

    def local(self, name: str) -> Path | None:
        """The file on this machine's disk, brought there if it lies elsewhere; None if there is none."""

    def forget(self, name: str) -> None:
        """Remove a damaged file from this machine's disk; one that lies elsewhere is brought again."""

    def sizes(self) -> dict[str, int]:
        """Every file's bytes by name."""

    def folder(self) -> Path:
        """Where on this machine's disk the files are mapped; it is there."""


class MappedFolder(Folder):
    """A cache in a folder of this machine."""

    def local(self, name: str) -> Path | None:
        """See MappedFiles."""
        path = self.root / name
        return path if path.is_file() else None

    def forget(self, name: str) -> None:
        """See MappedFiles."""
        self.remove(name)

    def sizes(self) -> dict[str, int]:
        """See MappedFiles."""
        found = {}
        for name in self.names():
            try:
                found[name] = (self.root / name).stat().st_size
            except FileNotFoundError:
                continue  # removed by someone else in the meantime
        return found

    def folder(self) -> Path:
        """See MappedFiles."""
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root
