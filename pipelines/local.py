"""Runs the compiled graph on this machine, and says in the end what came out.

Layout: <data root>/runs/<run id>/ {training.yaml, request.json, events.jsonl, logs/, artifacts/, steps/,
summary.json, report.html}.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from components import runs, storage
from components.artifacts import Summary
from components.config import TrainingConfig
from components.errors import BrandlensError, InputError
from components.summary import summarise
from pipelines import container_inputs, display, docker_runner
from pipelines.board import Board
from pipelines.profiles import Profile

GRACE_S = 10.0  # for the steps to leave their records after an interruption
INTERRUPTED = 130  # 128 + SIGINT, as shells do


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    summary: Summary
    exit_code: int
    log: str | None  # the failed step's log


def run_local(
    raw: str, data_root: str, config: TrainingConfig, profile: Profile, console: Console, runner: str = "subprocess"
) -> Outcome:
    """Run everything; an interruption or a failed step is an Outcome too.

    runner: "subprocess", each step a process of this Python, or "docker", each step a container of its own image.
    Raises InputError if the places overlap, or if containers cannot see what they need or an image is missing;
    StorageError if the data root cannot be written, UnavailableError if no container engine answers.
    """
    raw, data_root = storage.absolute(raw), storage.absolute(data_root)
    if storage.is_remote(data_root):
        raise InputError(f"The data root of a local run must be a folder, got {data_root}. Use a profile of a cluster.")
    if runner == "docker":
        config = container_inputs.rooted(config)
        container_inputs.find(raw, data_root, config)
        docker_runner.check((profile.images.data, profile.images.gpu))
    storage.ensure_writable(data_root)
    run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    folder = Path(data_root, "runs", run_id)
    request = {
        "config": config.model_dump(mode="json"),
        # Unset fields stay unset: a task's own machine is laid over that of every task by what it sets.
        "profile": profile.model_dump(mode="json", exclude_unset=True),
        "arguments": {"raw": raw, "data_root": data_root},
        "folder": str(folder),
        "runner": runner,
    }
    storage.write_text(str(folder / "request.json"), json.dumps(request, indent=2))
    with tempfile.TemporaryDirectory(prefix="brandlens-") as scratch, _termination_as_interruption():
        interrupted, board = _execute(folder, scratch, console)
    return _outcome(data_root, run_id, board, interrupted)


def _execute(folder: Path, scratch: str, console: Console) -> tuple[bool, Board]:
    """Start the run and show it; True if the person stopped it."""
    (folder / "logs").mkdir()
    events = folder / "events.jsonl"
    environment = {
        **os.environ,
        runs.RUN_ID: folder.name,
        runs.RUN_FOLDER: str(folder),
        "TMPDIR": scratch,  # kfp leaves a folder behind for each task
        "PYTHONUNBUFFERED": "1",
    }
    with (folder / "logs" / "kfp.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.executor", str(folder / "request.json")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True,  # Ctrl-C reaches us alone; we hand it on and wait
        )  # fmt: skip
        try:
            return False, display.follow(events, lambda: process.poll() is None, console)
        except KeyboardInterrupt:
            _stop(process)
            return True, display.follow(events, lambda: False, Console(quiet=True))
        finally:
            _stop(process)


@contextmanager
def _termination_as_interruption() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C: whoever stops us means the run and its steps, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its steps: first politely, so that they leave their records."""
    for number, patience_s in ((signal.SIGINT, GRACE_S), (signal.SIGKILL, GRACE_S)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue


def _outcome(data_root: str, run_id: str, board: Board, interrupted: bool) -> Outcome:
    uri = storage.join(data_root, "runs", run_id, "summary.json")
    if storage.exists(uri) and not interrupted:
        summary = Summary.model_validate_json(storage.read_bytes(uri))
    else:
        # The exit handler did not get to run.
        records = runs.read_records(data_root, run_id)
        summary = summarise(run_id, records, "FAILED", "")
    failure = board.failure
    if interrupted:
        summary = summary.model_copy(update={"status": "interrupted", "error": "Interrupted; run it again to go on."})
    elif failure is not None:
        summary = summary.model_copy(update={"status": "failed", "error": f"{failure.title}: {failure.error}"})
    elif summary.status == "failed":
        log = Path(data_root, "runs", run_id, "logs", "kfp.log")
        summary = summary.model_copy(update={"error": f"{_last_error(log)} All that was printed: {log}"})
    storage.write_text(uri, summary.model_dump_json(indent=2) + "\n")
    if interrupted:
        return Outcome(summary, INTERRUPTED, None)
    if summary.status == "failed":
        code = failure.exit_code if failure else BrandlensError.exit_code
        return Outcome(summary, code, failure.log if failure else None)
    return Outcome(summary, 0, None)


def _last_error(log: Path) -> str:
    """What a process said that ended before it was a step: the last line of its traceback."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    # kfp's own error names no cause.
    said = [line.strip() for line in lines if re.match(r"\s*[\w.]*(Error|Exception|Interrupt)\b:?", line)]
    causes = [line for line in said if "Local execution exited" not in line and "RuntimeError: Pipeline" not in line]
    return causes[0] if causes else "The pipeline ended before a step could say why."
