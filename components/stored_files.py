"""tuning's files (see tuning.files.Files) under a uri: a folder or a bucket's prefix."""

from __future__ import annotations

from dataclasses import dataclass

from components import storage


@dataclass(frozen=True)
class StoredFiles:
    """Whole files below root, read and written through components.storage. Every method may raise StorageError."""

    root: str

    def read(self, name: str) -> bytes | None:
        """The file's content; None if there is none."""
        uri = storage.join(self.root, name)
        return storage.read_bytes(uri) if storage.exists(uri) else None

    def write(self, name: str, content: bytes) -> None:
        """Write or replace a file; readers see the old one or the new one."""
        storage.write_bytes(storage.join(self.root, name), content)

    def names(self, prefix: str = "") -> list[str]:
        """The files whose name starts with prefix, in order of name."""
        found = (info.uri[len(self.root.rstrip("/")) + 1 :] for info in storage.list_files(self.root))
        return [name for name in found if name.startswith(prefix)]

    def remove(self, name: str) -> None:
        """Remove a file; nothing there is not an error."""
        storage.remove(storage.join(self.root, name))
