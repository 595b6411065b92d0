"""Watches a run on a server until it ends, on the display of a local run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console

from components import storage
from components.artifacts import Summary
from components.errors import BrandlensError
from pipelines import display
from pipelines.board import Board
from pipelines.profiles import Profile
from pipelines.server.backend import ENDED, Backend, Progress, Started, Task

POLL_S = 10.0


def follow(
    server: Backend, started: Started, console: Console, pause: Callable[[float], None] = time.sleep
) -> Progress:
    """Show the run's steps until it has ended; returns how it then is. pause: waits so many seconds."""
    board, shown = Board(), set[str]()
    with display.shown(board, console) as changed:
        while True:
            progress = server.progress(started.run_id)
            for event in events(progress.tasks):
                line = json.dumps(event)
                if line not in shown:
                    shown.add(line)
                    changed(board.apply(event), line)
            if progress.state in ENDED:
                return progress
            pause(POLL_S)


def events(tasks: Sequence[Task]) -> Iterator[dict[str, Any]]:
    """What a local run's steps would have said by now, in the same words."""
    for task in tasks:
        about = {"step": task.step, "item": task.item}
        yield {"event": "started", "time": task.started, **about}
        if task.state == "running":
            continue
        seconds = (task.ended or task.started) - task.started
        end = {"time": task.started + seconds, "seconds": seconds, **about}
        if task.state == "failed":
            yield {
                "event": "failed",
                "error": task.error or "see its log",
                "exit_code": BrandlensError.exit_code,
                **end,
            }
        else:
            yield {"event": "finished", "reused": False, "facts": {}, **end}


def summary_of(data_root: str, run_id: str) -> Summary | None:
    """What the run's exit handler wrote; None if it did not, or if this machine may not read the data root."""
    try:
        return Summary.model_validate_json(storage.read_bytes(storage.join(data_root, "runs", run_id, "summary.json")))
    except (BrandlensError, ValueError):
        return None


def gpu_hours(tasks: Sequence[Task], profile: Profile, now: float) -> float:
    """Hours that the tasks kept GPUs, by their number; a task that has not ended counts until now.

    Nodes that start, wait or are shared cost more: a lower bound of the bill.
    """
    total_s = 0.0
    for task in tasks:
        accelerator = profile.machine_of(task.step).accelerator  # type: ignore[arg-type]  # a task of our graph
        if accelerator:
            total_s += accelerator.count * ((task.ended or now) - task.started)
    return total_s / 3600
