"""How far a step is, for those who cannot hear its events: a small file beside the run's records.

<data root>/runs/<run id>/standing/<step>.json while the step works; a local run has events.jsonl instead.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from components import storage
from components.artifacts import Pointer
from components.errors import BrandlensError

EVERY_S = 10.0  # as often as who waits for a run looks


class Standing(Pointer):
    """Where a step stood when it last said so."""

    step: str
    item: str
    started: float  # seconds since the epoch
    told: float  # the same, of these values
    before_s: float = 0.0  # what attempts before this one took in the same run
    values: dict[str, JsonValue]  # of the event


class Teller:
    """Renews the file of one step, now and then; a data root that cannot be written is no reason to stop working."""

    def __init__(
        self, data_root: str, run_id: str, step: str, item: str, started: float, before_s: float = 0.0
    ) -> None:
        self._uri = _uri(data_root, run_id, step, item)
        self._step, self._item, self._started, self._before_s = step, item, started, before_s
        self._told_at: float | None = None
        self._works = True

    def tell(self, values: dict[str, Any], now: float) -> None:
        """Keep the values unless some were kept a moment ago. now: seconds of a clock that never goes back."""
        if self._told_at is not None and now - self._told_at < EVERY_S:
            return
        self._told_at = now
        said = json.loads(json.dumps(values, default=str))  # figures may be another library's numbers
        standing = Standing(
            step=self._step, item=self._item, started=self._started, told=time.time(), before_s=self._before_s,
            values=said,
        )  # fmt: skip
        self._try(lambda: storage.write_text(self._uri, standing.model_dump_json()))

    def end(self) -> None:
        """The step has ended: its record says more, also than what a killed attempt told before this one."""
        if self._told_at is not None or self._before_s:
            self._try(lambda: storage.remove(self._uri))

    def _try(self, act: Callable[[], object]) -> None:
        if not self._works:
            return
        try:
            act()
        except BrandlensError as error:
            self._works = False
            print(f"How far {self._step} is cannot be told at {self._uri}: {error}", file=sys.stderr)


def read(data_root: str, run_id: str) -> list[Standing]:
    """Where the run's working steps stand, in the order in which they started. Raises StorageError."""
    found = storage.list_files(_folder(data_root, run_id))
    standings = [Standing.model_validate_json(storage.read_bytes(info.uri)) for info in found]
    return sorted(standings, key=lambda standing: standing.started)


def left(data_root: str, run_id: str, step: str, item: str) -> Standing | None:
    """Where an attempt at a step stood that never ended; None if there is none. Raises StorageError, ValueError."""
    uri = _uri(data_root, run_id, step, item)
    return Standing.model_validate_json(storage.read_bytes(uri)) if storage.exists(uri) else None


def _uri(data_root: str, run_id: str, step: str, item: str) -> str:
    return storage.join(_folder(data_root, run_id), f"{step}-{item}.json" if item else f"{step}.json")


def _folder(data_root: str, run_id: str) -> str:
    return storage.join(data_root, "runs", run_id, "standing")
