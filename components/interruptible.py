"""Ctrl-C ends a step wherever it comes."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_S = 0.1  # at once, the second interruption would come where the first one did


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt in the body again where Python has to ignore it: in callbacks of the garbage collector.

    Libraries have those, and for the seconds in which they are imported every twelfth interruption fell into one.
    """
    former = sys.unraisablehook

    def again(ignored: sys.UnraisableHookArgs) -> None:
        former(ignored)
        if issubclass(ignored.exc_type, KeyboardInterrupt):
            timer = threading.Timer(AGAIN_S, _thread.interrupt_main)
            timer.daemon = True
            timer.start()

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = former
