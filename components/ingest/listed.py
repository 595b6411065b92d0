"""A listing on its way through ingest: on this machine's disk, because a hundred million entries fit nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from components import manifest, storage
from components.manifest import Entry


@dataclass(frozen=True)
class Listed:
    """Entries in order of path, a few of them in memory at a time; they may be read as often as is needed."""

    uri: str  # a local folder of parts
    images: int
    brands: frozenset[str]  # of the files that can be used, whether or not they were asked for

    @classmethod
    def keep(cls, entries: Iterable[Entry], uri: str, classes: Collection[str] | None = None) -> Listed:
        """Write entries, which are in order of path, to uri. classes: the brands that are asked for; None: all."""
        brands: set[str] = set()
        images = 0

        def asked() -> Iterator[Entry]:
            nonlocal images
            for entry in entries:
                if entry.label and not entry.problem:
                    brands.add(entry.label)
                if classes is None or not entry.label or entry.label in classes:
                    images += 1
                    yield entry

        manifest.write_entries(uri, asked())
        return cls(uri, images, frozenset(brands))

    def __iter__(self) -> Iterator[Entry]:
        """From the first one on."""
        return manifest.read_entries(self.uri)

    def publish(self, uri: str) -> None:
        """Copy the entries to where other steps read them."""
        for info in storage.list_files(self.uri):
            storage.write_bytes(storage.join(uri, info.uri.rsplit("/", 1)[-1]), storage.read_bytes(info.uri))

    def remove(self) -> None:
        """Make room; the entries cannot be read any more."""
        storage.remove_folder(self.uri)
