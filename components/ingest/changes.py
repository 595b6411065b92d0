"""What is new, gone and different since the base snapshot, and whether that is a reason to go on.

Listing and manifest are both in order of path and are walked side by side, so that neither need be held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter

from components import drift, storage
from components.config import DataConfig
from components.errors import StorageError
from components.ingest.ordered import in_order
from components.manifest import ADMITTED, Entry, Reason, Row, same_content

READERS = 8  # local files that are hashed at the same time
BATCH = 4_096  # entries that wait for each other
START = 5  # letters of an id, of 64: a million different ones at most
# Reasons that ingest gives: such files count on neither side of a comparison.
_BY_LISTING = {item.value for item in (Reason.LINK, Reason.OUTSIDE, Reason.MISSING, Reason.BAD_NAME, Reason.TAKEN_DOWN)}
Rows = Callable[[], Iterable[Row]]  # reads the base's rows from the start, in order of path


@dataclass(frozen=True)
class Changes:
    """A listing beside the base snapshot."""

    new: int  # usable files that are new or have other bytes
    removed: int  # files of the base that are gone; a file that was renamed is one of them
    taken_down: int  # files of the base that the takedown file names
    removed_from: Mapping[str, int]  # increment -> records of it that no file uses any more
    drift: float  # total variation of (label, source), in [0, 1]


def pairs(entries: Iterable[Entry], rows: Iterable[Row]) -> Iterator[tuple[Entry | None, Row | None]]:
    """Entries and rows of equal paths side by side, and each that stands alone; all in order of path."""
    listed, before = iter(entries), iter(rows)
    entry, row = next(listed, None), next(before, None)
    while entry or row:
        if row is None or (entry and entry.path < row.path):
            yield entry, None
            entry = next(listed, None)
        elif entry is None or row.path < entry.path:
            yield None, row
            row = next(before, None)
        else:
            yield entry, row
            entry, row = next(listed, None), next(before, None)


def recognise(entries: Iterable[Entry], rows: Rows) -> Iterator[Entry]:
    """Give local files whose time but not whose size changed the SHA-256 that tells whether they are the same.

    entries: in order of path. Nothing else is read. A file that cannot be read stays as it is.
    """
    waiting = (found for found in pairs(entries, rows()) if found[0])
    with ThreadPoolExecutor(READERS) as pool:
        while batch := list(islice(waiting, BATCH)):
            unsure = [entry for entry, row in batch if entry and row and _is_unsure(entry, row)]
            read = {entry.path: entry for entry in pool.map(_hashed, unsure)}
            yield from (read.get(entry.path, entry) for entry, _ in batch if entry)


def compare(entries: Iterable[Entry], rows: Rows) -> Changes:
    """Count what changed. entries: in order of path, read twice. rows: the base's; none at the first ingest."""
    new = removed = taken = 0
    listed, before = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    starts: set[str] = set()  # of the ids of records that lost a file
    for entry, row in pairs(entries, rows()):
        is_known = _is_known(entry, row)
        if entry and not entry.problem:
            new += not is_known
            listed[entry.label, entry.source] += 1
        if row:
            before.update([(row.label, row.source)] if row.reason not in _BY_LISTING else [])
            if row.reason != Reason.TAKEN_DOWN.value:
                removed += entry is None
                taken += entry is not None and entry.problem == Reason.TAKEN_DOWN.value
            if row.status == ADMITTED and not is_known:
                starts.add(row.id[:START])
    distance = round(drift.total_variation(before, listed), 9) if before else 0.0  # four of twenty are 0.2
    return Changes(new, removed, taken, _unused(entries, rows, starts), distance)


def _unused(entries: Iterable[Entry], rows: Rows, starts: Collection[str]) -> dict[str, int]:
    """Increment -> records of it that no file uses any more. starts: of the ids of those that lost a file."""
    if not starts:
        return {}
    # A copy of the file may still be there. Most of the files that are there need not be looked at.
    uses = (
        (row.id, "" if _is_known(entry, row) else row.increment)
        for entry, row in pairs(entries, rows())
        if row and row.id[:START] in starts and (row.status == ADMITTED or _is_known(entry, row))
    )
    found = ([use for _, use in same] for _, same in groupby(in_order(uses), key=itemgetter(0)))
    return dict(sorted(Counter(same[-1] for same in found if all(same)).items()))


def reason_to_go_on(changes: Changes, config: DataConfig, erased: int = 0, *, is_learned: bool = True) -> str:
    """Why a run with a base snapshot goes on, in words; "" if too little changed.

    erased: as the base says. is_learned: whether a run has learned from the base to the end, see learned.py.
    """
    if changes.new >= config.min_new_images:
        return f"new images: {changes.new} (data.min_new_images is {config.min_new_images})"
    # Whoever deletes a picture or asks for its removal should not have to wait for new ones.
    if changes.taken_down:
        return f"images taken down: {changes.taken_down}"
    if erased:  # from the base itself, so that no comparison with it can tell
        return f"images erased: {erased}"
    if changes.removed:
        return f"images removed: {changes.removed}"
    if 0 < config.retrain_on_drift <= changes.drift:
        return (
            f"brands and sources drifted by {changes.drift:.3f} since the last snapshot, "
            f"data.retrain_on_drift is {config.retrain_on_drift:g}"
        )
    return "" if is_learned else "the last snapshot: no run has learned from it to the end"


def _is_known(entry: Entry | None, row: Row | None) -> bool:
    return entry is not None and row is not None and not entry.problem and same_content(entry, row)


def _is_unsure(entry: Entry, row: Row) -> bool:
    if not row.id or entry.problem or entry.checksum or storage.is_remote(entry.uri):
        return False
    return entry.size == row.size and entry.version != row.version


def _hashed(entry: Entry) -> Entry:
    try:
        return replace(entry, checksum=storage.sha256(entry.uri))
    except StorageError:
        return entry  # preprocess quarantines it with the reason
