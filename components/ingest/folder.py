"""Reads the raw folder's listing: which files are images of which brand, and which cannot be used. Opens no image."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from components import storage
from components.errors import InputError, StorageError
from components.ingest import sheet
from components.ingest.layout import normal, place_of
from components.ingest.problems import problem
from components.manifest import Entry, Reason


def list_entries(raw: str) -> list[Entry]:
    """Every image of the raw folder, in order of path, described by its folders and by a manifest if there is one.

    raw: an absolute local folder or gs:// prefix.
    Raises InputError if the manifest cannot be used; StorageError if a folder cannot be listed.
    """
    files = {_relative(info.uri, raw): info for info in storage.list_files(raw)}
    lines = _manifest(raw, files)
    names = {path: normal(path) for path in files}
    entries = [_entry(raw, path, info, lines.get(names[path])) for path, info in files.items()]
    absent = [_absent(raw, lines[name]) for name in lines.keys() - set(names.values())]
    linked = [] if storage.is_remote(raw) else list(_linked_folders(raw))
    return sorted([*(entry for entry in entries if entry), *absent, *linked], key=lambda entry: entry.path)


def _relative(uri: str, raw: str) -> str:
    return uri[len(raw.rstrip("/")) + 1 :]


def _manifest(raw: str, files: Iterable[str]) -> dict[str, sheet.Line]:
    present = [name for name in sheet.NAMES if name in set(files)]
    if len(present) > 1:
        raise InputError(f"{raw} has both {' and '.join(present)}. Keep one of them.")
    if not present:
        return {}
    return sheet.parse(present[0], storage.read_bytes(storage.join(raw, present[0])))


def _entry(raw: str, path: str, info: storage.FileInfo, line: sheet.Line | None) -> Entry | None:
    """A file as an entry; None if it is no image of a brand."""
    place = place_of(path)
    label = (line.label if line else "") or (place.label if place else "")
    if not label:
        return None
    source = (line.source if line else "") or (place.source if place else "")
    group = (line.group if line else "") or (place.group if place else "")
    captured_at = line.captured_at if line else ""
    entry = Entry(
        path, info.uri, label, source, group, info.size, info.version, checksum=info.checksum, captured_at=captured_at
    )
    try:
        path.encode()
    except UnicodeEncodeError:
        return problem(entry, Reason.BAD_NAME, "rename it")
    if not storage.is_remote(raw) and os.path.islink(info.uri) and not storage.absolute(info.uri).startswith(f"{raw}/"):
        return problem(entry, Reason.LINK, f"leads to {storage.absolute(info.uri)}")
    return entry


def _absent(raw: str, line: sheet.Line) -> Entry:
    """A manifest's row for which the listing has no file."""
    place = place_of(line.uri)
    label = line.label or (place.label if place else "")
    entry = Entry(line.uri, storage.join(raw, line.uri), label, line.source, line.group, 0, "")
    if ".." in line.uri.split("/") or line.uri.startswith("/") or "://" in line.uri:
        return problem(entry, Reason.OUTSIDE, "the manifest's uri must be relative to the raw folder")
    return problem(entry, Reason.MISSING, "the manifest names it, the raw folder does not hold it")


def _linked_folders(raw: str) -> Iterator[Entry]:
    """Folders that are links: listings do not follow them, so that no one wonders where their images are."""
    for folder, names, _ in os.walk(raw, onerror=_refuse):
        for name in names:
            uri = os.path.join(folder, name)
            path = _relative(uri, raw)
            if os.path.islink(uri) and not name.startswith("."):
                label = place.label if (place := place_of(f"{path}/link")) else ""
                yield problem(Entry(path, uri, label, "", "", 0, ""), Reason.LINK, "a linked folder; copy its files")


def _refuse(error: OSError) -> None:
    raise StorageError(f"No permission to list {error.filename}. Check its owner and mode.") from error
