"""A row on its way through the pipeline, and where its image waits."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields

from components import parts
from components.manifest import Row


@dataclass(frozen=True)
class Candidate(Row):
    """A manifest row with what only the pipeline needs."""

    part: int = 0  # the part of the manifest that it will lie in
    gone: int = 0  # 1: no longer in the raw folder; remembered for its record
    staged: str = ""  # the file that holds its encoded image; "" if the image must be read again should it be admitted
    start: int = 0  # where in that file, in bytes
    length: int = 0


def home(row: Row, homes: int) -> int:
    """Where rows of equal bytes meet: in [0, homes). An unread row is alone, wherever it lies."""
    return (int(row.id[:15], 16) if row.id else zlib.crc32(row.path.encode())) % homes


def published(rows: Iterable[Candidate]) -> list[Row]:
    """Rows without what only the pipeline needs."""
    names = [item.name for item in fields(Row)]
    return [parts.made(Row, {name: getattr(row, name) for name in names}) for row in rows]
