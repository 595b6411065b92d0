"""The listing beside the base snapshot's manifest, both in order of path, a few rows of each in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components import parts
from components.manifest import Entry, Row
from components.preprocess import resolve
from components.preprocess.candidate import Candidate


def joined(entries: Iterable[Entry], base: Iterable[Row]) -> Iterator[Candidate]:
    """Every listed file as a row; and what lies in records but no longer in the raw folder, marked as gone."""
    rows = iter(base)
    before = next(rows, None)
    for number, entry in enumerate(entries):
        while before is not None and before.path < entry.path:
            yield from _gone(before)
            before = next(rows, None)
        same_path = before if before is not None and before.path == entry.path else None
        row = resolve.known(entry, same_path, number // parts.PART_ROWS)
        yield row
        if same_path is not None:
            if row.increment != same_path.increment:
                yield from _gone(same_path)  # another content now lies there, or it must not be used any more
            before = next(rows, None)
    while before is not None:
        yield from _gone(before)
        before = next(rows, None)


def _gone(row: Row) -> Iterator[Candidate]:
    """A record stays useful: the same bytes may lie elsewhere, or come back."""
    if row.increment:
        yield Candidate(**vars(row), gone=1)
