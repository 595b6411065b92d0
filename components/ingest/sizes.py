"""Finds named files by listing folders page by page: one request for a thousand files, not one for each."""

from __future__ import annotations

from collections.abc import Iterator

from components.storage import FileInfo, streams

FEW = 16  # sibling folders that are listed one by one rather than all that lies beside them, too


class Folders:
    """Few folders, none inside another, under which all of the files lie that were added.

    It grows with what is listed in the end, not with the files: below a folder that is listed nothing is remembered.
    """

    def __init__(self) -> None:
        self._top: dict[str, _Folder] = {}  # what nothing lists: gs: / "" / bucket, and "" / the first local folder

    def add(self, uri: str) -> None:
        """Take the file's folder in."""
        parents = uri.split("/")[:-1]
        start = 3 if parents[0] == "gs:" else 2
        self._top.setdefault("/".join(parents[:start]), _Folder()).add(parents[start:])

    def __iter__(self) -> Iterator[str]:
        """In order of name."""
        found = (place for name, folder in self._top.items() for place in folder.listed(name))
        return iter(sorted(found))

    def files(self) -> Iterator[FileInfo]:
        """What lies in them, one file in memory at a time. Folders that cannot be listed have none."""
        for folder in self:
            for info in streams.scan(folder, passing_over=True):
                if not info.is_linked_folder:
                    yield info


class _Folder:
    """A folder on the way to files; is_listed: as a whole, because files lie in it or in too many folders of it."""

    def __init__(self) -> None:
        self.is_listed = False
        self.folders: dict[str, _Folder] = {}

    def add(self, parts: list[str]) -> None:
        folder = self
        for part in parts:
            if folder.is_listed:
                return
            folder = folder.folders.setdefault(part, _Folder()) if folder._has_room(part) else folder._close()
        folder._close()

    def listed(self, name: str) -> Iterator[str]:
        if self.is_listed:
            yield name
        for part, folder in self.folders.items():
            yield from folder.listed(f"{name}/{part}")

    def _has_room(self, part: str) -> bool:
        return part in self.folders or len(self.folders) < FEW

    def _close(self) -> _Folder:
        self.is_listed, self.folders = True, {}
        return self
