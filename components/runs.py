"""What a step tells the outside while it works, and the record that it leaves.

    with runs.step("tune", data_root, item=backbone) as record:
        record.progress(done=3, total=10, best=0.91)
        record.facts(trials=10)

Events are JSON lines on standard output, each with run, step and severity: structured logs on a cluster. A local run
sets BRANDLENS_RUN_FOLDER: events then go to <run folder>/events.jsonl, and everything that libraries print to
<run folder>/logs/<step>.log. A finished step leaves <data root>/runs/<run id>/steps/<step>.json when it knows its run.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from components import storage
from components.artifacts import Pointer
from components.errors import BrandlensError
from components.which_run import RUN_ID, run_id

__all__ = ["RUN_FOLDER", "RUN_ID", "Recorder", "StepRecord", "read_records", "run_id", "step"]

RUN_FOLDER = "BRANDLENS_RUN_FOLDER"


class StepRecord(Pointer):
    """What one step did in one run."""

    step: str
    item: str  # what a loop ran over (a backbone); empty outside a loop
    status: str  # "succeeded" or "failed"
    seconds: float
    reused: bool  # a published result was found and nothing was computed
    facts: dict[str, JsonValue]
    error: str | None = None


class Recorder:
    """Collects what a step wants to say."""

    def __init__(self, step: str, item: str) -> None:
        self.step, self.item = step, item
        self.reused = False
        self._facts: dict[str, JsonValue] = {}
        self._events = _event_stream()

    def event(self, kind: str, **values: Any) -> None:
        """Say something now: one JSON line."""
        line = {
            "time": round(time.time(), 3), "severity": "ERROR" if kind == "failed" else "INFO", "event": kind,
            "run": run_id(), "step": self.step, "item": self.item, **values,
        }  # fmt: skip
        os.write(self._events, (json.dumps(line, default=str) + "\n").encode())

    def progress(self, **values: Any) -> None:
        """How far the work is: done, total, and figures a person likes to watch."""
        self.event("progress", **values)

    def facts(self, **values: Any) -> None:
        """Keep figures for the run's summary; each must be expressible in JSON."""
        self._facts.update(values)

    def record(self, status: str, seconds: float, error: str | None = None) -> StepRecord:
        """The record as it stands."""
        return StepRecord(
            step=self.step, item=self.item, status=status, seconds=round(seconds, 3),
            reused=self.reused, facts=self._facts, error=error,
        )  # fmt: skip


@contextmanager
def step(name: str, data_root: str, item: str = "") -> Iterator[Recorder]:
    """Run the body as one step of the current run: events, log file, record, and the error with its cause."""
    recorder = Recorder(name, item)
    started = time.monotonic()
    recorder.event("started", log=_log_path(name, item))
    with _output_to_log(name, item):
        try:
            yield recorder
        except BaseException as error:
            text = _explain(error)
            seconds = time.monotonic() - started
            traceback.print_exc()
            recorder.event("failed", error=text, exit_code=getattr(error, "exit_code", 70), seconds=seconds)
            _keep(data_root, recorder.record("failed", seconds, text))
            raise
    seconds = time.monotonic() - started
    record = recorder.record("succeeded", seconds)
    _keep(data_root, record)
    recorder.event("finished", seconds=seconds, reused=record.reused, facts=record.facts)


def read_records(data_root: str, run_id: str) -> list[StepRecord]:
    """The records of a run's steps, in order of name."""
    folder = storage.join(data_root, "runs", run_id, "steps")
    return [StepRecord.model_validate_json(storage.read_bytes(info.uri)) for info in storage.list_files(folder)]


def _explain(error: BaseException) -> str:
    return str(error) if isinstance(error, BrandlensError) else f"{type(error).__name__}: {error}"


def _keep(data_root: str, record: StepRecord) -> None:
    run = run_id()
    if run is None:
        return
    name = f"{record.step}-{record.item}" if record.item else record.step
    try:
        storage.write_text(storage.join(data_root, "runs", run, "steps", f"{name}.json"), record.model_dump_json())
    except BrandlensError as error:
        # The step's own error says more than a second one about the same full disk.
        print(f"The record of {name} could not be written: {error}", file=sys.stderr)


def _event_stream() -> int:
    folder = os.environ.get(RUN_FOLDER)
    if folder is None:
        return os.dup(1)
    return os.open(os.path.join(folder, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def _log_path(name: str, item: str) -> str | None:
    folder = os.environ.get(RUN_FOLDER)
    return os.path.join(folder, "logs", f"{name}-{item}.log" if item else f"{name}.log") if folder else None


@contextmanager
def _output_to_log(name: str, item: str) -> Iterator[None]:
    """Send file descriptors 1 and 2 to the step's log: native libraries write there past Python."""
    path = _log_path(name, item)
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
