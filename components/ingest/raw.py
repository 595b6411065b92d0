"""Reads the raw folder's listing: which files are images of which brand, and which cannot be used. Opens no image."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from components import storage
from components.errors import InputError, StorageError
from components.ingest import sheet
from components.ingest.layout import normal, place_of
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


def check_place(raw: str, data_root: str) -> None:
    """Refuse what cannot be a raw folder. Raises InputError or StorageError; nothing is written."""
    if not storage.is_remote(raw):
        if not os.path.exists(raw):
            raise InputError(f"The raw folder {raw} does not exist. Give a folder that holds one folder per brand.")
        if not os.path.isdir(raw):
            raise InputError(f"{raw} is a file. Give the folder that holds one folder of images per brand.")
        if not os.access(raw, os.R_OK | os.X_OK):
            raise StorageError(f"No permission to list the raw folder {raw}. Check its owner and mode.")
    inner, outer = f"{raw.rstrip('/')}/", f"{data_root.rstrip('/')}/"
    if inner.startswith(outer) or outer.startswith(inner):
        raise InputError(
            f"The raw folder {raw} and the data root {data_root} lie inside one another: what is written "
            "would be read as images. Put the data root elsewhere."
        )


def check_brands(raw: str, entries: Iterable[Entry], classes: tuple[str, ...] | None) -> None:
    """Refuse a listing from which no brands can be told apart. Raises InputError with every finding."""
    present = sorted({entry.label for entry in entries if entry.label and not entry.problem})
    missing = sorted(set(classes or ()) - set(present))
    if not present:
        raise InputError(f"There are no images in {raw}. It must hold one folder of images per brand.")
    if missing:
        raise InputError(
            f"{raw} has no images of {', '.join(missing)}, which data.classes names. "
            f"Brands found: {', '.join(present)}. Add images or change data.classes."
        )
    if len(present) < 2:
        raise InputError(
            f"{raw} has images of one brand only: {present[0]}. Telling brands apart needs at least two; "
            "add a folder of images for each further brand."
        )


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
    entry = Entry(path, info.uri, label, source, group, info.size, info.version)
    try:
        path.encode()
    except UnicodeEncodeError:
        return _problem(entry, Reason.BAD_NAME, "rename it")
    if not storage.is_remote(raw) and os.path.islink(info.uri) and not storage.absolute(info.uri).startswith(f"{raw}/"):
        return _problem(entry, Reason.LINK, f"leads to {storage.absolute(info.uri)}")
    return entry


def _absent(raw: str, line: sheet.Line) -> Entry:
    """A manifest's row for which the listing has no file."""
    place = place_of(line.uri)
    label = line.label or (place.label if place else "")
    entry = Entry(line.uri, storage.join(raw, line.uri), label, line.source, line.group, 0, "")
    if ".." in line.uri.split("/") or line.uri.startswith("/") or "://" in line.uri:
        return _problem(entry, Reason.OUTSIDE, "the manifest's uri must be relative to the raw folder")
    return _problem(entry, Reason.MISSING, "the manifest names it, the raw folder does not hold it")


def _linked_folders(raw: str) -> Iterator[Entry]:
    """Folders that are links: listings do not follow them, so that no one wonders where their images are."""
    for folder, names, _ in os.walk(raw, onerror=_refuse):
        for name in names:
            uri = os.path.join(folder, name)
            path = _relative(uri, raw)
            if os.path.islink(uri) and not name.startswith("."):
                label = place.label if (place := place_of(f"{path}/link")) else ""
                yield _problem(Entry(path, uri, label, "", "", 0, ""), Reason.LINK, "a linked folder; copy its files")


def _refuse(error: OSError) -> None:
    raise StorageError(f"No permission to list {error.filename}. Check its owner and mode.") from error


def _problem(entry: Entry, reason: Reason, detail: str) -> Entry:
    # Names and link targets need not be Unicode, Parquet's text must be.
    texts = {name: value for name, value in {**vars(entry), "detail": detail}.items() if isinstance(value, str)}
    readable: dict[str, Any] = {name: text.encode("utf-8", "backslashreplace").decode() for name, text in texts.items()}
    return replace(entry, **{**readable, "problem": reason.value})
