"""Which of the files with equal bytes or of one picture is kept, and on which side of the split: decisions on rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from components import digest, likeness, manifest
from components.artifacts import SPLITS
from components.config import DataConfig
from components.manifest import ADMITTED, DUPLICATE, NEAR_DUPLICATE, QUARANTINED, Entry, Reason, Row
from components.preprocess.candidate import Candidate
from components.preprocess.links import Finding

# What other files or a person decide, not the bytes: it is decided anew each time.
PASSING = {
    reason.value for reason in (Reason.LABEL_CONFLICT, Reason.PICTURE_CONFLICT, Reason.TAKEN_DOWN, Reason.CHANGED)
}
LISTED = ("path", "uri", "label", "source", "group", "size", "version", "checksum", "captured_at")  # columns of both
NEW = len(SPLITS)  # what is added to the rank of a picture that has no record yet


def known(entry: Entry, before: Row | None, part: int = 0) -> Candidate:
    """An entry as a row: with what the base snapshot knows of the same unchanged file, or still to be read.

    Label, source and group are always the listing's, so that a person's correction reaches old images.
    """
    fields: dict[str, Any] = {name: getattr(entry, name) for name in LISTED}
    if entry.problem:
        return Candidate(**fields, part=part, status=QUARANTINED, reason=entry.problem, detail=entry.detail)
    if before is None or not before.id or not manifest.same_content(entry, before):
        return Candidate(**fields, part=part)
    passing = before.status != QUARANTINED or before.reason in PASSING
    if passing and not before.width:
        return Candidate(**fields, part=part)  # it was refused by its id and has never been decoded
    fields.update(_seen(before), id=before.id, group=entry.group or before.id)
    if not passing:
        fields.update(status=QUARANTINED, reason=before.reason, detail=before.detail)
    return Candidate(**fields, part=part)


def _seen(before: Row) -> dict[str, Any]:
    """What was seen in an image, and where its record lies."""
    names = ("width", "height", "stored", "phash", "red", "green", "blue", "contrast", "increment")
    return {**{name: getattr(before, name) for name in names}, "split": before.split if before.increment else ""}


def resolve(
    rows: Iterable[Candidate], published: Row | None, config: DataConfig, takedown: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Decide on the files whose bytes are equal; the first of the result is the one that is kept.

    published: a row of the base snapshot whose record holds these bytes. The result's first row has no status yet
    if its record is still to be written. A published split never changes; a published file stays the kept one while
    it is there. takedown: ids that must not be kept.
    """
    first, *others = sorted(rows, key=lambda row: (not row.increment, row.path))
    if first.id in takedown:
        return tuple(_taken_down(row) for row in [first, *others])
    if published:
        first = replace(first, **_seen(published), status=ADMITTED)
    elif not first.status:
        at_hand = next((row for row in [first, *others] if row.staged), first)  # read in this run: the same image
        first = replace(first, staged=at_hand.staged, start=at_hand.start, length=at_hand.length)
        first = replace(first, split=split_of(first.group, config))
    others = [replace(row, increment="", split="") for row in others]
    labels = sorted({row.label for row in [first, *others]})
    if len(labels) > 1:
        return tuple(_conflict(row, labels) for row in [first, *others])
    failed = [row for row in [first, *others] if row.status == QUARANTINED]
    return settle([first, *others], failed[0] if failed else None)


def settle(rows: Sequence[Candidate], failed: Row | None) -> tuple[Candidate, ...]:
    """The first row is kept and the others are its duplicates; if it failed, all fail for its reason."""
    if failed:
        return tuple(
            replace(row, status=QUARANTINED, reason=failed.reason, detail=failed.detail, split="") for row in rows
        )
    first, *others = rows
    return (
        first,
        *(replace(row, status=DUPLICATE, detail=f"equals {first.path}", duplicate_of=first.path) for row in others),
    )


def rank(row: Row) -> int:
    """Of two pictures that count as one the smaller stays: published before new, then test, validation, train."""
    return SPLITS[::-1].index(row.split) + (0 if row.increment else NEW)


def judge(rows: Sequence[Candidate], finding: Finding, labels: Sequence[str]) -> tuple[Candidate, ...]:
    """Files of equal bytes, of which other files show the same picture. rows: as resolve returned them.

    A picture under two brands is for neither, for nobody but a person can say whose it is. Otherwise it is dropped if
    any better one was found, even if that one is dropped for a third: so no two linked ones are ever both admitted,
    and each decision needs to know a picture's own neighbours only.
    """
    change: dict[str, Any]
    if finding.rival:
        seen = f"looks like {finding.rival} under {labels[finding.rival_label]}"
        detail = f"{seen}: {finding.rival_distance} of {likeness.BITS} bits differ"
        change = {"status": QUARANTINED, "reason": Reason.PICTURE_CONFLICT.value, "detail": detail, "duplicate_of": ""}
    else:
        detail = f"looks like {finding.winner}: {finding.winner_distance} of {likeness.BITS} bits differ"
        change = {"status": NEAR_DUPLICATE, "detail": detail, "duplicate_of": finding.winner}
    return tuple(replace(row, **change, split=row.split if row.increment else "") for row in rows)


def split_of(group: str, config: DataConfig) -> str:
    """The side on which a group lies: by its hash, so that it depends on nothing else and never changes."""
    at = digest.unit_interval(f"{config.split_salt}/{group}")
    if at < config.split.test:
        return SPLITS[2]
    return SPLITS[1] if at < config.split.test + config.split.validation else SPLITS[0]


def _conflict(row: Candidate, labels: Sequence[str]) -> Candidate:
    # Nobody but a person can say which brand it is; learning both would teach a contradiction.
    detail = f"the same bytes lie under {' and '.join(labels)}"
    return replace(row, status=QUARANTINED, reason=Reason.LABEL_CONFLICT.value, detail=detail)


def _taken_down(row: Candidate) -> Candidate:
    detail = "its id stands in the takedown file"
    return replace(
        row, status=QUARANTINED, reason=Reason.TAKEN_DOWN.value, detail=detail, split="", increment="", staged=""
    )
