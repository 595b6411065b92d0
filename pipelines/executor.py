"""The process in which kfp's local runner executes a compiled package: python -m pipelines.executor REQUEST.json.

It is a process of its own because kfp prints every line of every step to its standard output; the caller keeps that
in a log file and leaves the terminal to the display.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def execute(package: str, arguments: dict[str, Any], pipeline_root: str) -> None:
    """Run the compiled graph on this machine, each step as a process of this Python.

    Raises RuntimeError, without the cause, if a step fails: the step's own record tells it.
    """
    from kfp import components, local

    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=pipeline_root)
    components.load_component_from_file(package)(**arguments)


if __name__ == "__main__":
    execute(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
