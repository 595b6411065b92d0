"""The takedown file: which images must no longer be used, whoever still has them in the raw folder. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from components.errors import InputError
from components.ingest.layout import normal
from components.ingest.problems import problem
from components.manifest import Entry, Reason, Row, same_content

COLUMNS = ("id", "sha256", "uri", "path")  # of a CSV file with a header; others are passed over
_ID = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Takedown:
    """What the file names."""

    ids: frozenset[str] = frozenset()  # SHA-256 of the raw bytes, lower case
    addresses: frozenset[str] = frozenset()  # uris, or paths relative to the raw folder, in normal spelling

    def names(self, item: Entry | Row) -> bool:
        """Whether the file names this image's address."""
        return not self.addresses.isdisjoint((normal(item.uri), normal(item.path)))


def parse(name: str, content: bytes) -> Takedown:
    """Read a takedown file: one id or address on each line, `#` before comments; or CSV, by its file name.

    Raises InputError if it is not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    words = list(_cells(lines)) if name.lower().endswith(".csv") else [line.strip() for line in lines]
    ids = frozenset(word.lower() for word in words if _ID.fullmatch(word))
    return Takedown(ids, frozenset(normal(word) for word in words if not _ID.fullmatch(word)))


def ids(takedown: Takedown, rows: Iterable[Row]) -> frozenset[str]:
    """All ids to refuse: a copy elsewhere of what an address names is the same picture. rows: the base's."""
    return takedown.ids | {name for row in rows if takedown.names(row) and (name := _id(row))}


def apply(
    entries: Iterable[Entry], takedown: Takedown, refused: frozenset[str], before: Mapping[str, Row]
) -> list[Entry]:
    """Mark the images that are taken down, as far as a listing and the base's rows (by path) can tell.

    refused: ids. Files that nobody has read yet may still be among them: preprocess refuses those.
    """
    return [_marked(entry, takedown, refused, before.get(entry.path)) for entry in entries]


def _marked(entry: Entry, takedown: Takedown, refused: frozenset[str], row: Row | None) -> Entry:
    name = _id(row) if row and same_content(entry, row) else entry.checksum
    if not takedown.names(entry) and name not in refused:
        return entry
    # Preprocess does not read what is taken down: its id would be forgotten, and copies of it would come back.
    return problem(replace(entry, checksum=name), Reason.TAKEN_DOWN, "the takedown file names it")


def _id(row: Row) -> str:
    return (
        row.checksum if row.reason == Reason.TAKEN_DOWN.value and not row.id and _ID.fullmatch(row.checksum) else row.id
    )


def _cells(lines: list[str]) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO("\n".join(lines))))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = [place for place, name in enumerate(header) if name in COLUMNS]
    for row in rows[1:] if columns else rows:
        for place in columns or [0]:
            if place < len(row) and row[place].strip():
                yield row[place].strip()
