"""The process in which kfp's local runner executes the compiled graph: python -m pipelines.executor REQUEST.json.

It is a process of its own because kfp prints every line of every step to its standard output; the caller keeps that
in a log file and leaves the terminal to the display.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kfp import components, local
from pydantic import BaseModel

from components.config import TrainingConfig
from pipelines.compile import compile_training
from pipelines.profiles import Profile


class Request(BaseModel, frozen=True):
    """One local run."""

    config: TrainingConfig
    profile: Profile
    arguments: dict[str, str]
    folder: Path  # of the run


def execute(request: Request) -> None:
    """Compile the graph into the run's folder and run what was compiled, each step as a process of this Python.

    Raises RuntimeError, without the cause, if a step fails: the step's own record tells it.
    """
    package = compile_training(request.config, request.profile, request.folder / "training.yaml")
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=str(request.folder / "artifacts"))
    components.load_component_from_file(str(package))(**request.arguments)


if __name__ == "__main__":
    execute(Request.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8")))
