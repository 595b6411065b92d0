"""One file of the feature cache: a header, rows of equal shape, a checksum.

    "BLFEATS1", length of the header (8 bytes, little endian), header (JSON, padded), rows (C order), CRC-32 (4 bytes)

Rows start at a multiple of 64 bytes, so that they are mapped, not read. The checksum covers all that is before it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC = b"BLFEATS1"
_ALIGNMENT = 64
_AT_ONCE = 1 << 24  # bytes that are checked at a time


class DamagedError(Exception):
    """A file of the cache is not what was written: it was cut short, or bytes of it changed."""


@dataclass(frozen=True)
class Part:
    """Consecutive images of one block, mapped from their file."""

    values: np.ndarray  # (rows, ...) float16, float32 or uint8
    start: int  # the first row's place in the block
    block_rows: int  # of the whole block, so that one part tells how many there are
    header: np.ndarray  # as it lies in the file

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.values)

    @property
    def ids(self) -> tuple[str, ...]:
        """Of its rows. Read from the file each time: kept for every cut, they would take more memory than the rest."""
        return tuple(map(str, json.loads(self.header.tobytes())["ids"]))


def encode(ids: Sequence[str], values: np.ndarray, start: int, block_rows: int) -> bytes:
    """A part's file. values: (len(ids), ...). Raises ValueError if their numbers differ."""
    if len(ids) != len(values):
        raise ValueError(f"{len(ids)} ids name {len(values)} rows")
    fields = {
        "dtype": values.dtype.name, "shape": values.shape, "start": start, "block_rows": block_rows, "ids": list(ids),
    }  # fmt: skip
    header = json.dumps(fields, separators=(",", ":")).encode()
    header += b" " * (-(len(_MAGIC) + 8 + len(header)) % _ALIGNMENT)
    before = b"".join([_MAGIC, len(header).to_bytes(8, "little"), header, np.ascontiguousarray(values).data.cast("B")])
    return before + zlib.crc32(before).to_bytes(4, "little")


def read(path: Path) -> Part:
    """Map a part's file after comparing its checksum. Raises DamagedError, OSError."""
    size = path.stat().st_size
    try:
        content = np.memmap(path, np.uint8, "r", shape=(size,))
        start, fields = _header(content)
        dtype, shape = np.dtype(fields["dtype"]), tuple(map(int, fields["shape"]))
        end = start + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        whole = size == end + 4 and _crc(content[:end]) == int.from_bytes(content[end:].tobytes(), "little")
        place, block_rows, names = int(fields["start"]), int(fields["block_rows"]), len(fields["ids"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path} has no header that can be read ({error})") from error
    if not whole or names != shape[0]:
        raise DamagedError(f"{path} was cut short or changed: its checksum does not hold")
    return Part(content[start:end].view(dtype).reshape(shape), place, block_rows, content[len(_MAGIC) + 8 : start])


def _header(content: np.ndarray) -> tuple[int, dict[str, Any]]:
    """Where the rows start, and what the header says."""
    begin = len(_MAGIC) + 8
    if content[: len(_MAGIC)].tobytes() != _MAGIC:
        raise ValueError("it starts otherwise")
    start = begin + int.from_bytes(content[len(_MAGIC) : begin].tobytes(), "little")
    return start, json.loads(content[begin:start].tobytes())


def _crc(content: np.ndarray) -> int:
    total = 0
    for at in range(0, len(content), _AT_ONCE):
        total = zlib.crc32(content[at : at + _AT_ONCE].data, total)
    return total
