"""The takedown file: which images must no longer be used, whoever still has them in the raw folder. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from components.errors import InputError
from components.manifest import Entry, Row

COLUMNS = ("id", "sha256", "uri", "path")  # of a CSV file with a header; others are passed over
ID = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Takedown:
    """What the file names."""

    ids: frozenset[str] = frozenset()  # SHA-256 of the raw bytes, lower case
    addresses: frozenset[str] = frozenset()  # uris, or paths relative to the raw folder, in normal spelling

    def __bool__(self) -> bool:
        """Whether it names anything."""
        return bool(self.ids or self.addresses)

    def __or__(self, other: Takedown) -> Takedown:
        """What either names."""
        return Takedown(self.ids | other.ids, self.addresses | other.addresses)

    def names(self, item: Entry | Row) -> bool:
        """Whether the file names this image's address."""
        return not self.addresses.isdisjoint((_normal(item.uri), _normal(item.path)))


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
    ids = frozenset(word.lower() for word in words if ID.fullmatch(word))
    return Takedown(ids, frozenset(_normal(word) for word in words if not ID.fullmatch(word)))


def _cells(lines: list[str]) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO("\n".join(lines))))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = [place for place, name in enumerate(header) if name in COLUMNS]
    for row in rows[1:] if columns else rows:
        for place in columns or [0]:
            if place < len(row) and row[place].strip():
                yield row[place].strip()


def _normal(text: str) -> str:
    # macOS writes composed letters apart, others write them as one.
    return unicodedata.normalize("NFC", text)
