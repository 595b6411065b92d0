"""Watches a run on a server until it ends, on the display of a local run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console

from components import standing, storage
from components.artifacts import Summary
from components.errors import BrandlensError
from components.standing import Standing
from pipelines import display
from pipelines.board import Board
from pipelines.profiles import Profile
from pipelines.server.backend import ENDED, Backend, Progress, Started, Task

POLL_S = 10.0
_PATIENCE = 2  # failures in a row, after which this machine may not read the data root


def follow(
    server: Backend, started: Started, console: Console, profile: Profile, data_root: str,
    pause: Callable[[float], None] = time.sleep,
) -> Progress:  # fmt: skip
    """Show the run's steps until it has ended; returns how it then is.

    data_root: the run's; where this machine may read it, working steps say how far they are. pause: waits so many
    seconds.
    """
    board, shown, working = Board(), set[str](), _Working(data_root, started.run_id)
    with display.shown(board, console) as changed:
        while True:
            progress = server.progress(started.run_id)
            board.note = cost_note(progress.tasks, profile, time.time())
            for event in (*events(progress.tasks), *told(progress.tasks, working.now())):
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


class _Working:
    """Steps that say how far they are, as long as they can be heard."""

    def __init__(self, data_root: str, run_id: str) -> None:
        self._data_root, self._run_id, self._failures = data_root, run_id, 0

    def now(self) -> Sequence[Standing]:
        if self._failures >= _PATIENCE:
            return ()
        try:
            found = standing.read(self._data_root, self._run_id)
        except (BrandlensError, ValueError):  # a step may end while its file is read
            self._failures += 1
            return ()
        self._failures = 0
        return found


def told(tasks: Sequence[Task], standings: Sequence[Standing]) -> Iterator[dict[str, Any]]:
    """Progress of the tasks that run, in a local run's words.

    A server does not say which backbone a round of the loop works on: rounds and what is told are matched in the order
    in which they started, and each names its backbone itself.
    """
    for step in dict.fromkeys(task.step for task in tasks):
        rounds = [task for task in tasks if task.step == step and task.state == "running"]
        found = [one for one in standings if one.step == step]
        for task, one in zip(rounds, found, strict=False):
            text = ": ".join(str(word) for word in (one.item, one.values.get("text")) if word)
            about = {"step": step, "item": task.item, "time": one.told}
            yield {**one.values, "event": "progress", "text": text, **about}


def cost_note(tasks: Sequence[Task], profile: Profile, now: float) -> str:
    """What the run's GPUs have cost; empty while none were used."""
    hours = gpu_hours(tasks, profile, now)
    if not hours:
        return ""
    price = f", about {hours * profile.price_per_gpu_hour:.2f}" if profile.price_per_gpu_hour else ""
    return f"{hours:.2f} GPU hours{price}"


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
