"""Whole files by name, wherever they lie: what the search, the feature cache and the training keep their state in.

Whoever calls this package says what is behind it: a folder here, a bucket on a cluster.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """A folder of files. Names are relative, "/" between their parts. A file is seen whole or not at all."""

    def read(self, name: str) -> bytes | None:
        """The file's content; None if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write or replace a file; readers see the old one or the new one."""

    def names(self, prefix: str = "") -> list[str]:
        """The files whose name starts with prefix, in order of name."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing there is not an error."""


class Folder:
    """Files in a folder of this machine."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def read(self, name: str) -> bytes | None:
        """See Files."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """See Files. Kept also if the machine stops in the next moment."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def names(self, prefix: str = "") -> list[str]:
        """See Files. Files that are being written, whose name starts with a dot, are left out."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return sorted(name for name in found if name.startswith(prefix) and not name.rsplit("/", 1)[-1].startswith("."))

    def remove(self, name: str) -> None:
        """See Files."""
        (self.root / name).unlink(missing_ok=True)
