"""Where a step's words go: events to one place, all that libraries print to another."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_FOLDER = "BRANDLENS_RUN_FOLDER"  # a local run sets it; without it both are standard output


def open_events() -> int:
    """The file descriptor that events are written to."""
    folder = os.environ.get(RUN_FOLDER)
    if folder is None:
        return os.dup(1)
    return os.open(os.path.join(folder, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def log_path(name: str, item: str) -> str | None:
    """The log of a step; None outside a local run."""
    folder = os.environ.get(RUN_FOLDER)
    return os.path.join(folder, "logs", f"{name}-{item}.log" if item else f"{name}.log") if folder else None


@contextmanager
def to_log(name: str, item: str) -> Iterator[None]:
    """Send file descriptors 1 and 2 to the step's log: native libraries write there past Python."""
    path = log_path(name, item)
    if path is None:
        yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for target, source in enumerate(kept, start=1):
            os.dup2(source, target)
            os.close(source)
        os.close(log)
