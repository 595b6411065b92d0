"""Reads the raw folder's listing: which files are images of which brand, and which cannot be used. Opens no image."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from components import storage
from components.errors import InputError
from components.ingest import sheet
from components.ingest.layout import normal, place_of
from components.ingest.ordered import in_order, together
from components.ingest.problems import problem
from components.manifest import Entry, Reason
from components.storage import FileInfo, streams


def list_entries(raw: str) -> Iterator[Entry]:
    """Every image of the raw folder, in order of path, described by its folders and by a manifest if there is one.

    raw: an absolute local folder or gs:// prefix. One entry is in memory at a time.
    Raises InputError if the manifest cannot be used; StorageError if a folder cannot be listed.
    """
    uri = _manifest(raw)
    found = _by_folders(raw) if uri is None else _by_manifest(raw, uri)
    return (entry for _, entry in in_order((entry.path, entry) for entry in found))


def _by_folders(raw: str) -> Iterator[Entry]:
    for info in streams.scan(raw):
        yield from _entries(raw, info, None)


def _by_manifest(raw: str, uri: str) -> Iterator[Entry]:
    findings = sheet.Findings(uri.rsplit("/", 1)[-1])
    lines = sheet.unrepeated(((normal(line.uri), line) for line in sheet.read(uri, findings)), findings)
    files = ((normal(_relative(info.uri, raw)), info) for info in streams.scan(raw))
    for _, named, infos in together(((normal(line.uri), line) for line in lines), files):
        line = named[0] if named else None
        if line and not infos:
            yield _absent(raw, line)
        for info in infos:
            yield from _entries(raw, info, line)


def _relative(uri: str, raw: str) -> str:
    return uri[len(raw.rstrip("/")) + 1 :]


def _manifest(raw: str) -> str | None:
    present = [name for name in sheet.NAMES if storage.exists(storage.join(raw, name))]
    if len(present) > 1:
        raise InputError(f"{raw} has both {' and '.join(present)}. Keep one of them.")
    return storage.join(raw, present[0]) if present else None


def _entries(raw: str, info: FileInfo, line: sheet.Line | None) -> Iterable[Entry]:
    """A file or a linked folder as an entry; none if it is no image of a brand."""
    path = _relative(info.uri, raw)
    entry = _linked(path, info.uri) if info.is_linked_folder else _entry(raw, path, info, line)
    return [entry] if entry else []


def _entry(raw: str, path: str, info: FileInfo, line: sheet.Line | None) -> Entry | None:
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


def _linked(path: str, uri: str) -> Entry | None:
    """A folder that is a link, told so that no one wonders where its images are."""
    if path.rsplit("/", 1)[-1].startswith("."):
        return None
    label = place.label if (place := place_of(f"{path}/link")) else ""
    return problem(Entry(path, uri, label, "", "", 0, ""), Reason.LINK, "a linked folder; copy its files")
