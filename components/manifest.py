"""One row per raw image: what was listed (entries) and what became of it (rows), as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from components import parts

if TYPE_CHECKING:
    import pyarrow as pa

ADMITTED, QUARANTINED = "admitted", "quarantined"
DUPLICATE, NEAR_DUPLICATE = "duplicate", "near_duplicate"  # the same bytes; the same picture, edited


class Reason(str, Enum):
    """Why an image is quarantined; the closed list that reports count by."""

    LINK = "link_not_followed"  # a symbolic link that leads out of the raw folder, or a linked folder
    OUTSIDE = "outside_raw"  # a manifest names a place outside the raw folder
    MISSING = "missing"  # a manifest names a file that is not there
    BAD_NAME = "name_not_unicode"
    UNREADABLE = "unreadable"  # no permission, or the store refused
    CHANGED = "changed_while_read"
    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    NOT_AN_IMAGE = "not_an_image"  # or of a format that is not taken
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    DAMAGED = "damaged"  # its header is an image's, its data is not
    LABEL_CONFLICT = "label_conflict"  # the same bytes lie under two brands
    PICTURE_CONFLICT = "picture_conflict"  # the same picture, edited, lies under two brands
    TAKEN_DOWN = "taken_down"  # the takedown file names it


@dataclass(frozen=True)
class Entry:
    """A raw file as the listing shows it, unopened."""

    path: str  # relative to the raw folder, "/" between its parts
    uri: str
    label: str
    source: str  # "" if the folder names none
    group: str  # "" means the picture itself
    size: int  # bytes
    version: str  # storage.FileInfo.version
    problem: str = ""  # a Reason's value if the listing alone shows that it cannot be used
    detail: str = ""
    checksum: str = ""  # hexadecimal: MD5 in a bucket; SHA-256 of a local file whose version changed; else ""
    captured_at: str = ""  # ISO 8601, as a manifest says it


@dataclass(frozen=True)
class Row:
    """A raw file and what became of it. Only rows whose status is "admitted" are learned from."""

    path: str
    uri: str
    label: str
    source: str
    group: str  # never empty once the image was read: the picture's own id where no group is named
    size: int
    version: str
    id: str = ""  # SHA-256 of the raw bytes, hexadecimal; "" if they could not be read
    width: int = 0  # pixels as stored in the raw file, before any rotation; 0 if not decoded
    height: int = 0
    stored: str = ""  # SHA-256 of the stored image: equal pixels have equal ones
    split: str = ""  # "train", "validation" or "test"
    status: str = ""  # one of the four above; "" while the image is still to be decoded
    reason: str = ""  # a Reason's value if quarantined
    detail: str = ""
    increment: str = ""  # the increment that holds its record, if one does
    checksum: str = ""  # as in Entry
    captured_at: str = ""  # as in Entry
    phash: str = ""  # perceptual hash of the upright picture (components.likeness); "" if not decoded or flat
    red: float = 0.0  # mean of the upright picture, in [0, 255], as green and blue
    green: float = 0.0
    blue: float = 0.0
    contrast: float = 0.0  # standard deviation of the grey levels of its 64 x 64 means, in [0, 127.5]
    duplicate_of: str = ""  # path of the image that is kept in its place, if its status says that it repeats one


def same_content(entry: Entry, row: Row) -> bool:
    """Whether a listed file holds the bytes that a row of an earlier snapshot was made from.

    A file whose version changed (touched, copied again, uploaded again) is the same if its checksum says so: the
    store's own, or the SHA-256 that ingest computes of local files for this question.
    """
    if entry.size != row.size:
        return False
    return entry.version == row.version or (entry.checksum != "" and entry.checksum in (row.checksum, row.id))


def write_entries(uri: str, entries: Iterable[Entry]) -> None:
    """Write a listing's files, which are in order of path, a part of them in memory at a time."""
    parts.write(uri, Entry, entries)


def read_entries(uri: str) -> Iterator[Entry]:
    """A listing's files in order of path, a few in memory at a time. Raises StorageError if they cannot be read."""
    return parts.read(uri, Entry)


def write_rows(uri: str, rows: Iterable[Row]) -> None:
    """Write a manifest in order of path: equal rows give equal bytes."""
    parts.write(uri, Row, sorted(rows, key=lambda row: row.path))


def read_rows(uri: str) -> Iterator[Row]:
    """A manifest's rows in order of path, a few in memory at a time. Raises StorageError if they cannot be read."""
    return parts.read(uri, Row)


def read_columns(uri: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of a manifest in order of path, a few thousand rows at a time, without making objects of them.

    Raises StorageError if they cannot be read.
    """
    return parts.read_tables(uri, columns)
