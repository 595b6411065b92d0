"""What all attempts at a result have taken together, kept beside its state: who is killed has worked, too."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from types import TracebackType

from typing_extensions import Self

from components.errors import BrandlensError
from components.stored_files import StoredFiles

NAME = "spent.json"
EVERY_S = 10.0


class Spent:
    """Time of the attempts before this one, and of this one so far. files: the state's.

    A file that is missing or damaged counts as nothing. Leaving it by an error keeps what was spent; a kill loses what
    was spent since the last `keep` that wrote.
    """

    def __init__(self, files: StoredFiles) -> None:
        self._files = files
        self._before_s, self._before_cpu_s = _read(files)
        self._started, self._cpu_s = time.monotonic(), processor_s()
        self._kept_at = self._started
        self._others: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Keep what was spent in vain."""
        if error is not None:
            self._write()

    @property
    def seconds(self) -> float:
        """Wall time."""
        return self._before_s + time.monotonic() - self._started

    @property
    def cpu_s(self) -> float:
        """Time of the processor, all cores together."""
        return self._before_cpu_s + processor_s() - self._cpu_s

    def keep(self) -> None:
        """To be called whenever something is done; writes now and then."""
        if time.monotonic() - self._kept_at >= EVERY_S:
            self._write()

    def also(self, keep: Callable[[], None]) -> None:
        """Something that is to be kept whenever this is; it may raise StorageError."""
        self._others.append(keep)

    def _write(self) -> None:
        self._kept_at = time.monotonic()
        try:
            self._files.write(NAME, json.dumps({"seconds": self.seconds, "cpu_s": self.cpu_s}).encode())
            for keep in self._others:
                keep()
        except BrandlensError as error:
            # Figures for a report: the work goes on without them, and its own error says more than this one.
            print(f"What was spent cannot be kept: {error}", flush=True)


def processor_s() -> float:
    """Of this process and the programs that it started, all cores together."""
    return sum(os.times()[:4])


def _read(files: StoredFiles) -> tuple[float, float]:
    try:
        found = json.loads(files.read(NAME) or b"")
        return float(found["seconds"]), float(found["cpu_s"])
    except (ValueError, KeyError, TypeError):
        return 0.0, 0.0
