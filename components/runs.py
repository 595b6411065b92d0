"""What a step tells the outside while it works, and the record that it leaves.

    with runs.step("tune", data_root, item=backbone) as record:
        record.progress(done=3, total=10, best=0.91)
        record.facts(trials=10)

Events are JSON lines on standard output, each with run, step and severity: structured logs on a cluster. A local run
sets BRANDLENS_RUN_FOLDER: events then go to <run folder>/events.jsonl, and everything that libraries print to
<run folder>/logs/<step>.log. On a cluster a step that works tells in a file how far it is, see standing.py. A finished
step leaves <data root>/runs/<run id>/steps/<step>.json when it knows its run.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import JsonValue

from components import rates, standing, step_output, storage
from components.artifacts import Pointer
from components.errors import BrandlensError
from components.interruptible import interruptible
from components.pace import Pace
from components.spent import processor_s
from components.standing import Teller
from components.step_output import RUN_FOLDER
from components.which_run import RUN_ID, run_id

__all__ = ["RUN_FOLDER", "RUN_ID", "Recorder", "StepRecord", "read_records", "run_id", "step"]


class StepRecord(Pointer):
    """What one step did in one run."""

    step: str
    item: str  # what a loop ran over (a backbone); empty outside a loop
    status: str  # "succeeded" or "failed"
    seconds: float  # of all attempts in this run, those that were killed included
    reused: bool  # a published result was found and nothing was computed
    facts: dict[str, JsonValue]
    error: str | None = None
    cpu_s: float | None = None  # processor time of the last attempt and its programs, all cores together
    gpu_hours: float = 0.0  # time by the number of GPUs that the step's machine has, used or not
    cost: float | None = None  # of these hours, in the profile's currency; None: the profile names no price


class Recorder:
    """Collects what a step wants to say."""

    def __init__(self, step: str, item: str, data_root: str = "") -> None:
        self.step, self.item = step, item
        self.reused = False
        self._started, self._cpu_s = time.monotonic(), processor_s()
        self._before_s = _spent_before(data_root, step, item)
        self._pace, self._rates = Pace(), rates.of_environment()
        self._teller = _teller(data_root, step, item, self._before_s)
        self._facts: dict[str, JsonValue] = {}
        self._events = step_output.open_events()

    def event(self, kind: str, **values: Any) -> None:
        """Say something now: one JSON line."""
        line = {
            "time": round(time.time(), 3), "severity": "ERROR" if kind == "failed" else "INFO", "event": kind,
            "run": run_id(), "step": self.step, "item": self.item, **values,
        }  # fmt: skip
        os.write(self._events, (json.dumps(line, default=str) + "\n").encode())

    def progress(self, **values: Any) -> None:
        """How far the work is: done, total, unit, and figures a person likes to watch.

        Of a step that can count, left_s follows from its pace unless it knows better; of one that holds GPUs whose
        price is known, cost and cost_left follow.
        """
        now = time.monotonic()
        if values.get("total") and "left_s" not in values:
            left_s = self._pace.left_s(str(values.get("unit", "")), values["done"], values["total"], now)
            values |= {} if left_s is None else {"left_s": round(left_s, 1)}
        values |= self._rates.so_far(self.step, self._before_s + now - self._started, values.get("left_s"))
        self.event("progress", **values)
        if self._teller:
            self._teller.tell(values, now)

    def facts(self, **values: Any) -> None:
        """Keep figures for the run's summary; each must be expressible in JSON."""
        self._facts.update(values)

    def record(self, status: str, seconds: float, error: str | None = None) -> StepRecord:
        """The record as it stands. seconds: of this attempt."""
        seconds += self._before_s
        hours = self._rates.gpu_hours(self.step, seconds)
        return StepRecord(
            step=self.step, item=self.item, status=status, seconds=round(seconds, 3),
            reused=self.reused, facts=self._facts, error=error, cpu_s=round(processor_s() - self._cpu_s, 3),
            gpu_hours=round(hours, 6), cost=self._rates.price(hours),
        )  # fmt: skip

    def end(self) -> None:
        """The step has ended; its record is kept."""
        if self._teller:
            self._teller.end()


@contextmanager
def step(name: str, data_root: str, item: str = "") -> Iterator[Recorder]:
    """Run the body as one step of the current run: events, log file, record, and the error with its cause."""
    recorder = Recorder(name, item, data_root)
    started = time.monotonic()
    recorder.event("started", log=step_output.log_path(name, item))
    with step_output.to_log(name, item):
        try:
            with interruptible():
                yield recorder
        except BaseException as error:
            text = _explain(error)
            seconds = time.monotonic() - started
            traceback.print_exc()
            recorder.event("failed", error=text, exit_code=getattr(error, "exit_code", 70), seconds=seconds)
            _keep(data_root, recorder.record("failed", seconds, text))
            recorder.end()
            raise
    seconds = time.monotonic() - started
    record = recorder.record("succeeded", seconds)
    _keep(data_root, record)
    recorder.end()
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
    uri = _record_uri(data_root, run, record.step, record.item)
    try:
        storage.write_text(uri, record.model_dump_json())
    except BrandlensError as error:
        # The step's own error says more than a second one about the same full disk.
        print(f"The record {uri} could not be written: {error}", file=sys.stderr)


def _record_uri(data_root: str, run: str, step: str, item: str) -> str:
    return storage.join(data_root, "runs", run, "steps", f"{step}-{item}.json" if item else f"{step}.json")


def _spent_before(data_root: str, step: str, item: str) -> float:
    """Seconds of the step's attempts in this run before this one: those that failed, and those that were killed."""
    run = run_id()
    if run is None:
        return 0.0
    try:
        killed = standing.left(data_root, run, step, item)
        if killed is not None:  # until it last said how far it was; it knew of those before it
            return killed.before_s + killed.told - killed.started
        uri = _record_uri(data_root, run, step, item)
        record = StepRecord.model_validate_json(storage.read_bytes(uri)) if storage.exists(uri) else None
        return record.seconds if record is not None and record.status == "failed" else 0.0
    except (BrandlensError, ValueError) as error:
        print(f"What earlier attempts of {step} took is not known: {error}", file=sys.stderr)
        return 0.0


def _teller(data_root: str, step: str, item: str, before_s: float) -> Teller | None:
    """In a run on a cluster; in a local one events.jsonl is at hand."""
    run = run_id()
    if run is None or step_output.RUN_FOLDER in os.environ:
        return None
    return Teller(data_root, run, step, item, time.time(), before_s)
