"""What is new, gone and different since the base snapshot, and whether that is a reason to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from components import drift, storage
from components.config import DataConfig
from components.errors import StorageError
from components.manifest import ADMITTED, Entry, Reason, Row, same_content

READERS = 8  # local files that are hashed at the same time
# Reasons that ingest gives: such files count on neither side of a comparison.
_BY_LISTING = {item.value for item in (Reason.LINK, Reason.OUTSIDE, Reason.MISSING, Reason.BAD_NAME, Reason.TAKEN_DOWN)}


@dataclass(frozen=True)
class Changes:
    """A listing beside the base snapshot."""

    new: int  # usable files that are new or have other bytes
    removed: int  # files of the base that are gone; a file that was renamed is one of them
    taken_down: int  # files of the base that the takedown file names
    removed_from: Mapping[str, int]  # increment -> records of it that no file uses any more
    drift: float  # total variation of (label, source), in [0, 1]


def recognise(entries: Sequence[Entry], before: Mapping[str, Row]) -> list[Entry]:
    """Give local files whose time but not whose size changed the SHA-256 that tells whether they are the same.

    before: the base's rows by path. Nothing else is read. A file that cannot be read stays as it is.
    """
    unsure = [entry for entry in entries if _is_unsure(entry, before.get(entry.path))]
    with ThreadPoolExecutor(READERS) as pool:
        read = {entry.path: entry for entry in pool.map(_hashed, unsure)}
    return [read.get(entry.path, entry) for entry in entries]


def compare(entries: Sequence[Entry], before: Mapping[str, Row]) -> Changes:
    """Count what changed. before: the base's rows by path; empty at the first ingest."""
    usable = [entry for entry in entries if not entry.problem]
    known = [row for entry in usable if (row := before.get(entry.path)) and same_content(entry, row)]
    kept = {row.id for row in known}
    gone = Counter(row.increment for row in before.values() if row.status == ADMITTED and row.id not in kept)
    there = {entry.path: entry for entry in entries}
    earlier = [row for row in before.values() if row.reason != Reason.TAKEN_DOWN.value]
    taken = sum(row.path in there and there[row.path].problem == Reason.TAKEN_DOWN.value for row in earlier)
    return Changes(
        new=len(usable) - len(known),
        removed=sum(row.path not in there for row in earlier),
        taken_down=taken,
        removed_from=dict(sorted(gone.items())),
        drift=_distance(before.values(), usable),
    )


def reason_to_go_on(changes: Changes, config: DataConfig) -> str:
    """Why a run with a base snapshot goes on, in words; "" if too little changed."""
    if changes.new >= config.min_new_images:
        return f"new images: {changes.new} (data.min_new_images is {config.min_new_images})"
    # Whoever deletes a picture or asks for its removal should not have to wait for new ones.
    if changes.taken_down:
        return f"images taken down: {changes.taken_down}"
    if changes.removed:
        return f"images removed: {changes.removed}"
    if 0 < config.retrain_on_drift <= changes.drift:
        return (
            f"brands and sources drifted by {changes.drift:.3f} since the last snapshot, "
            f"data.retrain_on_drift is {config.retrain_on_drift:g}"
        )
    return ""


def _is_unsure(entry: Entry, row: Row | None) -> bool:
    if row is None or not row.id or entry.problem or entry.checksum or storage.is_remote(entry.uri):
        return False
    return entry.size == row.size and entry.version != row.version


def _hashed(entry: Entry) -> Entry:
    try:
        return replace(entry, checksum=storage.sha256(entry.uri))
    except StorageError:
        return entry  # preprocess quarantines it with the reason


def _distance(rows: Collection[Row], entries: Iterable[Entry]) -> float:
    """The drift to nine digits, so that four of twenty are 0.2."""
    if not rows:
        return 0.0
    listed = (row for row in rows if row.reason not in _BY_LISTING)
    return round(drift.total_variation(_counts(listed), _counts(entries)), 9)


def _counts(items: Iterable[Entry | Row]) -> Counter[tuple[str, str]]:
    return Counter((item.label, item.source) for item in items)
