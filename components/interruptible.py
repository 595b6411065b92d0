"""Ctrl-C ends a step wherever it comes, and is known for what it is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN_S = 1.0


@contextmanager
def interruptible() -> Iterator[None]:
    """An interruption leaves the body as KeyboardInterrupt, whatever libraries make of it.

    Python has to ignore what is raised in a callback of the garbage collector, native code may forget it, and a module
    whose initialization is cut short says ImportError: in the seconds in which a step imports its libraries one
    interruption in ten came to nothing or to such an error. So it is repeated every second until the body ends, and
    takes the place of the error. Only the main thread is interrupted, and only if nobody else handles the signal.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    asked, ended = threading.Event(), threading.Event()
    # Made before it is needed: a handler may come while a lock is held that starting a thread would wait for.
    insisting = threading.Thread(target=_insist, args=(threading.get_ident(), asked, ended), daemon=True)
    insisting.start()

    def note(_number: int, _frame: Any) -> None:
        if not ended.is_set():
            asked.set()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception as error:
        if asked.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        ended.set()
        asked.set()
        insisting.join()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _insist(thread: int, asked: threading.Event, ended: threading.Event) -> None:
    asked.wait()
    while not ended.wait(AGAIN_S):
        # Not _thread.interrupt_main: that would not wake the thread from waiting.
        signal.pthread_kill(thread, signal.SIGINT)
