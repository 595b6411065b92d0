"""Compiles the graph to one package: the same inputs give the same bytes."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from components import containers
from components.config import TrainingConfig
from components.errors import StorageError
from pipelines import training
from pipelines.profiles import Profile

_ONE_AT_A_TIME = threading.Lock()  # kfp holds the pipeline that it compiles in a global


def compile_training(config: TrainingConfig, profile: Profile, package: Path) -> Path:
    """Write the compiled graph (YAML, two documents when Kubernetes settings exist) and return its path.

    Raises StorageError if the place cannot be written.
    """
    from kfp import compiler

    beside = package.with_name(f".{package.name}")
    try:
        package.parent.mkdir(parents=True, exist_ok=True)
        with _ONE_AT_A_TIME:
            # kfp checks the suffix, so the file beside keeps it.
            compiler.Compiler().compile(training.build(config, profile), str(beside))
        beside.write_text(_without_comments(beside.read_text(encoding="utf-8")), encoding="utf-8")
        os.replace(beside, package)
    except OSError as error:
        raise StorageError(f"{package} cannot be written: {error.strerror}.") from error
    return package


def _without_comments(text: str) -> str:
    """The documents are in order; kfp's comments at their head name the defaults in another order each time."""
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return "".join([f"# {training.NAME} {containers.TAG}\n", *kept])
