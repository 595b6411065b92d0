"""The blocks that are stored: found, mapped, written; damaged ones are said, removed and thereby computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tuning.store import format as parts
from tuning.store.address import Series
from tuning.store.files import MappedFiles
from tuning.store.format import DamagedError, Part

PART_BYTES = 1 << 26  # rows of one file: what is held in memory while it is written
_LARGEST_HALF = 65504.0  # of float16


@dataclass(frozen=True)
class StoredBlock:
    """All parts of one block of a series, in order."""

    parts: tuple[Part, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all rows, in order."""
        return tuple(name for part in self.parts for name in part.ids)


class Shelf:
    """Reads and writes blocks of a cache. What was opened once stays mapped."""

    def __init__(self, files: MappedFiles, say: Callable[[str], None], part_bytes: int = PART_BYTES) -> None:
        self._files, self._say, self._part_bytes = files, say, part_bytes
        self._open: dict[tuple[Series, str], StoredBlock] = {}
        self._any: dict[str, StoredBlock] = {}  # of each block, whichever series was opened

    def find(self, series: Series, block: str) -> StoredBlock | None:
        """A block's parts, their checksums compared at the first time; None if it is not there whole."""
        if (series, block) not in self._open:
            found = self._read(series, block)
            if found is None:
                return None
            self._open[series, block] = self._any[block] = found
        return self._open[series, block]

    def ids_of(self, block: str) -> tuple[str, ...]:
        """Names of a block's images, from any of its series that was opened; none if there is none."""
        return self._any[block].ids if block in self._any else ()

    def _read(self, series: Series, block: str) -> StoredBlock | None:
        found: list[Part] = []
        rows = -1
        while rows < 0 or sum(map(len, found)) < rows:
            part = self._part(series.file(block, len(found)))
            if part is None or not len(part):
                return None
            rows = part.block_rows
            found.append(part)
        return StoredBlock(tuple(found))

    def _part(self, name: str) -> Part | None:
        for _ in range(2):  # a copy may be damaged while the file is not
            path = self._files.local(name)
            try:
                return None if path is None else parts.read(path)
            except FileNotFoundError:
                return None  # evicted in this moment by another run
            except DamagedError as error:
                self._say(f"{error}; it is made again")
                self._files.forget(name)
        self._files.remove(name)
        return None

    def writer(self, series: Series, block: str, ids: Sequence[str]) -> Writer:
        """What writes a block's rows."""
        return Writer(self._files, series, block, ids, self._part_bytes)


class Writer:
    """Writes a block's rows as they come, part by part. Doing it again replaces the same bytes.

    A part is written while what comes next is computed, of this cut or of another.
    """

    def __init__(self, files: MappedFiles, series: Series, block: str, ids: Sequence[str], part_bytes: int) -> None:
        self._files, self._series, self._block, self._ids, self._part_bytes = files, series, block, ids, part_bytes
        self._waiting: list[np.ndarray] = []
        self._start = self._part = self.bytes = 0
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def add(self, rows: np.ndarray) -> None:
        """The next rows, (k, ...) float32, or uint8 if the series is."""
        self._waiting.append(rows)
        count = sum(map(len, self._waiting))
        row_bytes = np.dtype(self._series.dtype).itemsize * rows[0].size
        per_part = max(1, self._part_bytes // row_bytes)
        last = self._start + count == len(self._ids)
        while count >= per_part or (last and count):
            joined = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
            count = max(0, count - per_part)
            self._waiting = [joined[per_part:]] if count else []
            self._write(_as_stored(joined[:per_part], self._series.dtype))

    def close(self) -> None:
        """Wait until all is written; to be called after the block's last rows."""
        self._wait()
        self._pool.shutdown()

    def _write(self, rows: np.ndarray) -> None:
        content = parts.encode(self._ids[self._start : self._start + len(rows)], rows, self._start, len(self._ids))
        self._wait()
        self._writing = self._pool.submit(self._files.write, self._series.file(self._block, self._part), content)
        self._start, self._part, self.bytes = self._start + len(rows), self._part + 1, self.bytes + len(content)

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()


def _as_stored(rows: np.ndarray, dtype: str) -> np.ndarray:
    """Rows in the series' format; in float32 if float16 cannot hold them, which the reader understands."""
    if dtype == "float16" and (rows.max() > _LARGEST_HALF or rows.min() < -_LARGEST_HALF):
        return rows
    return rows.astype(dtype, copy=False)
