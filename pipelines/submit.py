"""Compiles the graph and hands it to the profile's server."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components import digest, storage
from components.config import TrainingConfig
from components.containers import TAG
from components.errors import ConfigError
from pipelines.compile import compile_training
from pipelines.profiles import Profile
from pipelines.server import backend
from pipelines.server.backend import Backend, Package, Started


def submit(
    config: TrainingConfig, profile: Profile, raw: str = "", data_root: str = "", name: str = ""
) -> tuple[Backend, Started]:
    """Start a run on the profile's server; returns the server, too, so that the run can be followed.

    raw, data_root: override the profile's. name: of the run; a run that has it already is not started again, so that
    whoever submits may try as often as he likes. Raises ConfigError before anything is compiled or sent.
    """
    arguments = places(profile, raw, data_root)
    server = backend.of(profile)
    with packed(config, profile) as package:
        return server, server.start(package, name or new_name(), arguments)


def places(profile: Profile, raw: str = "", data_root: str = "") -> dict[str, str]:
    """The run's arguments. Raises ConfigError with what is missing or is on this machine only."""
    arguments = {"raw": raw or profile.raw, "data_root": data_root or profile.data_root}
    findings = [
        f"{key}: where? Give it to the command or in the profile, for instance gs://bucket/{key}"
        for key, value in arguments.items()
        if not value
    ]
    findings += [
        f"{key}: {value} is a path of this machine; the steps run on others. Use gs:// or the absolute path of a volume"
        for key, value in arguments.items()
        if value and not storage.is_remote(value) and not value.startswith("/")
    ]
    if findings:
        raise ConfigError("PROFILE", findings)
    return arguments


@contextmanager
def packed(config: TrainingConfig, profile: Profile) -> Iterator[Package]:
    """The compiled graph in a scratch folder; its version is named by the package's version and its own bytes."""
    with tempfile.TemporaryDirectory(prefix="brandlens-") as scratch:
        path = compile_training(config, profile, Path(scratch, "training.yaml"))
        yield Package(path, f"{TAG}-{digest.of_bytes(path.read_bytes())[:12]}")


def new_name() -> str:
    """A name that no other run has, in order of time."""
    return f"brandlens-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
