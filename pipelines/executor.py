"""The process in which kfp's local runner executes the compiled graph: python -m pipelines.executor REQUEST.json.

It is a process of its own because kfp prints every line of every step to its standard output; the caller keeps that
in a log file and leaves the terminal to the display.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Literal

from kfp import components, local
from pydantic import BaseModel

from components.config import TrainingConfig
from pipelines import container_inputs, docker_runner
from pipelines.compile import compile_training
from pipelines.profiles import Profile


class Request(BaseModel, frozen=True):
    """One local run."""

    config: TrainingConfig
    profile: Profile
    arguments: dict[str, str]
    folder: Path  # of the run
    runner: Literal["subprocess", "docker"] = "subprocess"


def execute(request: Request) -> None:
    """Compile the graph into the run's folder and run what was compiled, each step as a process or a container.

    Raises RuntimeError, without the cause, if a step fails: the step's own record tells it.
    """
    package = compile_training(request.config, request.profile, request.folder / "training.yaml")
    local.init(runner=_runner(request), pipeline_root=str(request.folder / "artifacts"))
    components.load_component_from_file(str(package))(**request.arguments)


def _runner(request: Request) -> local.SubprocessRunner | local.DockerRunner:
    if request.runner == "subprocess":
        return local.SubprocessRunner(use_venv=False)
    from tuning.weights import store_folder

    data_root = request.arguments["data_root"]
    inputs = container_inputs.find(request.arguments["raw"], data_root, request.config)
    docker_runner.stop_when_interrupted(request.folder.name)
    notification = request.profile.notification
    variables = [notification.webhook_env] if notification and notification.webhook_env else []
    return docker_runner.runner(request.folder, data_root, inputs, store_folder(), variables)


if __name__ == "__main__":
    # A shell starts background jobs with SIGINT ignored, and processes hand that down; our caller stops us by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    execute(Request.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8")))
