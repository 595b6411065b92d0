"""Small pictures of the rows in the samples, read from the raw files; what cannot be shown is left out."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from components import storage
from components.check.census import Census
from components.check.lookup import Lookup
from components.drawing import thumbnails
from components.manifest import Reason, Row

MAX_BYTES = 16 * 2**20  # larger files are named only
READERS = 8  # at once: files in a bucket are waited for
# Reasons for which a file was never opened, and must not be now: it may lie outside the raw folder, or it was taken
# down by the person whose picture it is.
UNOPENED = frozenset(
    reason.value
    for reason in (Reason.LINK, Reason.OUTSIDE, Reason.MISSING, Reason.BAD_NAME, Reason.UNREADABLE, Reason.EMPTY,
                   Reason.TAKEN_DOWN)
)  # fmt: skip


def gather(census: Census, lookup: Lookup) -> dict[str, str]:
    """Path of a row -> its picture as a data: URI. Nothing that is wrong with a file is an error here."""
    rows = {row.path: row for row in _sampled(census, lookup) if row.reason not in UNOPENED}
    wanted = [row for row in rows.values() if 0 < row.size <= MAX_BYTES]
    with ThreadPoolExecutor(READERS) as pool:
        pictures = pool.map(_picture, wanted)
        return {row.path: picture for row, picture in zip(wanted, pictures, strict=True) if picture}


def _sampled(census: Census, lookup: Lookup) -> Iterable[Row]:
    for sample in (*census.admitted_rows.values(), *census.refused_rows.values(), census.copies):
        for rows in sample.items().values():
            yield from rows
    yield from lookup.originals.values()


def _picture(row: Row) -> str | None:
    try:
        return thumbnails.of_raw(storage.read_bytes(row.uri))
    except Exception:  # gone, forbidden, unreachable: the page does without
        return None
