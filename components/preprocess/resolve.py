"""Which of the files with equal bytes is kept, and on which side of the split it lies: pure decisions on rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from components import digest
from components.artifacts import SPLITS
from components.config import DataConfig
from components.manifest import ADMITTED, DUPLICATE, QUARANTINED, Entry, Reason, Row


def known(entry: Entry, before: Row | None) -> Row:
    """An entry as a row: with what the base snapshot knows of the same unchanged file, or still to be read.

    Label, source and group are always the listing's, so that a person's correction reaches old images.
    """
    row = Row(entry.path, entry.uri, entry.label, entry.source, entry.group, entry.size, entry.version)
    if entry.problem:
        return replace(row, status=QUARANTINED, reason=entry.problem, detail=entry.detail)
    if before is None or not before.id or (before.size, before.version) != (entry.size, entry.version):
        return row
    row = replace(row, group=entry.group or before.id, id=before.id)
    if before.status == QUARANTINED and before.reason != Reason.LABEL_CONFLICT.value:
        return replace(row, status=QUARANTINED, reason=before.reason, detail=before.detail)
    return replace(row, increment=before.increment)


def resolve(rows: Iterable[Row], published: Row | None, config: DataConfig) -> tuple[Row, ...]:
    """Decide on the files whose bytes are equal; the first of the result is the one that is kept.

    published: a row of the base snapshot whose record holds these bytes. The result's first row has no status yet
    if it must be decoded. A published split never changes; a published file stays the kept one while it is there.
    """
    first, *others = sorted(rows, key=lambda row: (not row.increment, row.path))
    if published:
        first = replace(
            first, split=published.split, increment=published.increment, stored=published.stored,
            width=published.width, height=published.height, status=ADMITTED,
        )  # fmt: skip
    elif not first.status:
        first = replace(first, split=split_of(first.group, config))
    others = [replace(row, increment="") for row in others]
    labels = sorted({row.label for row in [first, *others]})
    if len(labels) > 1:
        return tuple(_conflict(row, labels) for row in [first, *others])
    failed = [row for row in [first, *others] if row.status == QUARANTINED]
    return settle([first, *others], failed[0] if failed else None)


def settle(rows: Sequence[Row], failed: Row | None) -> tuple[Row, ...]:
    """The first row is kept and the others are its duplicates; if it failed, all fail for its reason."""
    if failed:
        return tuple(
            replace(row, status=QUARANTINED, reason=failed.reason, detail=failed.detail, split="") for row in rows
        )
    return (rows[0], *(replace(row, status=DUPLICATE, detail=f"equals {rows[0].path}") for row in rows[1:]))


def split_of(group: str, config: DataConfig) -> str:
    """The side on which a group lies: by its hash, so that it depends on nothing else and never changes."""
    at = digest.unit_interval(f"{config.split_salt}/{group}")
    if at < config.split.test:
        return SPLITS[2]
    return SPLITS[1] if at < config.split.test + config.split.validation else SPLITS[0]


def _conflict(row: Row, labels: Sequence[str]) -> Row:
    # Nobody but a person can say which brand it is; learning both would teach a contradiction.
    detail = f"the same bytes lie under {' and '.join(labels)}"
    return replace(row, status=QUARANTINED, reason=Reason.LABEL_CONFLICT.value, detail=detail)
