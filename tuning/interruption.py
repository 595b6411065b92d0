"""A polite end: SIGTERM is what a cluster says before it takes a node away; half a minute is left to save work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupted(BaseException):
    """The process was asked to end, and what it was doing is kept. No Exception: nothing may swallow it."""


@contextmanager
def noticed() -> Iterator[threading.Event]:
    """SIGTERM sets the event instead of ending the process at once; outside, it has its former meaning again.

    Whoever works inside looks at the event, saves, and raises Interrupted: the signal is then delivered after all.
    Only the main thread may change what signals do: in another one the event stays unset.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(_number: int, _frame: Any) -> None:
        asked.set()

    former = signal.signal(signal.SIGTERM, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, former)
        if asked.is_set():
            signal.raise_signal(signal.SIGTERM)
