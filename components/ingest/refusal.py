"""Which listed images are taken down, as far as a listing can tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from components.ingest.changes import pairs
from components.ingest.problems import problem
from components.manifest import Entry, Reason, Row, same_content
from components.takedown import ID, Takedown


def ids(takedown: Takedown, rows: Iterable[Row]) -> frozenset[str]:
    """All ids to refuse: a copy elsewhere of what an address names is the same picture. rows: the base's."""
    if not takedown.addresses:
        return takedown.ids
    return takedown.ids | {name for row in rows if takedown.names(row) and (name := _id(row))}


def apply(
    entries: Iterable[Entry], takedown: Takedown, refused: frozenset[str], rows: Iterable[Row]
) -> Iterator[Entry]:
    """Mark the images that are taken down, as far as a listing and the base's rows can tell.

    entries, rows: in order of path. refused: ids. Files that nobody has read yet may still be among them: preprocess
    refuses those.
    """
    return (_marked(entry, takedown, refused, row) for entry, row in pairs(entries, rows) if entry)


def _marked(entry: Entry, takedown: Takedown, refused: frozenset[str], row: Row | None) -> Entry:
    name = _id(row) if row and same_content(entry, row) else entry.checksum
    if not takedown.names(entry) and name not in refused:
        return entry
    # Preprocess does not read what is taken down: its id would be forgotten, and copies of it would come back.
    return problem(replace(entry, checksum=name), Reason.TAKEN_DOWN, "the takedown file names it")


def _id(row: Row) -> str:
    return (
        row.checksum if row.reason == Reason.TAKEN_DOWN.value and not row.id and ID.fullmatch(row.checksum) else row.id
    )
