"""Functions that are measured in a process of their own: what they return, and the most memory any process held.

python -m benchmarks.child benchmarks.loops:bare '{"folder": ..., "cores": [0]}'
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PERIOD_S = 0.1  # between two looks at memory; the kernel keeps each process's own peak


@dataclass(frozen=True)
class Measured:
    """What a function returned in its own process."""

    value: dict[str, Any]
    peak_rss_mib: float  # of the largest process, the function's or one that it started


def measured(function: Callable[..., dict[str, Any]], *, cores: Sequence[int], **arguments: Any) -> Measured:
    """Call function(**arguments) in a new interpreter that may use only these cores. Raises if it fails."""
    name = f"{function.__module__}:{function.__name__}"
    command = [sys.executable, "-m", "benchmarks.child", name, json.dumps({**arguments, "cores": list(cores)})]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet)
    peaks: dict[int, int] = {}
    watch = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
    watch.start()
    said, _ = process.communicate()
    watch.join()
    if process.returncode:
        raise RuntimeError(f"{name} failed; see above")
    return Measured(json.loads(said.splitlines()[-1]), max(peaks.values(), default=0) / 1024)


def of_all_cores(function: Callable[..., dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    """The same with all cores that this process may use; what function(**given) returned, with its peak_rss_mib."""
    found = measured(function, cores=sorted(os.sched_getaffinity(0)), **given)
    return {**found.value, "peak_rss_mib": found.peak_rss_mib}


def _watch(process: subprocess.Popen[str], peaks: dict[int, int]) -> None:
    ended = threading.Event()
    while process.poll() is None:
        for pid in _family(process.pid):
            peaks[pid] = max(peaks.get(pid, 0), _peak_kib(pid))
        ended.wait(PERIOD_S)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = listed.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from _family(int(child))


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def main() -> None:
    """Be the child: the last line of standard output is the function's value."""
    module, name = sys.argv[1].split(":")
    arguments = json.loads(sys.argv[2])
    os.sched_setaffinity(0, arguments.pop("cores"))  # before any import looks how many cores there are
    function = getattr(importlib.import_module(module), name)
    # As the search's own step does. Else a collection of all that was imported, a quarter of a second long, falls into
    # the time of one function and not of another.
    gc.freeze()
    value = function(**arguments)
    print(json.dumps(value))


if __name__ == "__main__":
    main()
