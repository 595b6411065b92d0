"""Runs each step of a local run in a container of its own image: what kfp's DockerRunner is told, and what replaces
the part of it that cannot be told.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components import runs
from components.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from docker import DockerClient
    from kfp.local import DockerRunner

    from pipelines.container_inputs import Inputs

RUN_LABEL = "brandlens.run"
WEIGHTS = "/weights"  # where a container finds the local store
PATIENCE_S = 5.0  # for a step to leave its record; local.GRACE_S must be longer
_interrupted = threading.Event()


def check(images: Iterable[str]) -> None:
    """Raise UnavailableError unless an engine answers, InputError unless it has the images; pulls nothing."""
    try:
        import docker
    except ImportError as error:
        raise UnavailableError(
            "Running steps in containers needs the docker package: pip install 'brandlens[containers]'"
        ) from error
    try:
        with closing(docker.from_env()) as client:
            missing = [image for image in images if not _has(client, image)]
    except docker.errors.DockerException as error:
        where = os.environ.get("DOCKER_HOST", "its usual place")
        raise UnavailableError(
            f"No container engine answers at {where} ({error}). Start it or set DOCKER_HOST."
        ) from error
    if missing:
        raise InputError(f"The engine has no image {' or '.join(missing)}. Build it with `make images`, or pull it.")


def runner(folder: Path, data_root: str, inputs: Inputs, weights: Path, variables: Iterable[str] = ()) -> DockerRunner:
    """The runner of the run in folder.

    Steps see the data root and, read-only, the inputs at their own paths, and the store of weights; all else is the
    image's and cannot be written. They run as the owner of the data root, so that what they write is theirs.
    variables: names of those of this process that the steps get, too.
    """
    from docker.types import Mount
    from kfp import local
    from kfp.local import docker_task_handler

    scratch = os.environ["TMPDIR"]
    environment = {runs.RUN_ID: folder.name, runs.RUN_FOLDER: str(folder), "HOME": scratch, "TMPDIR": scratch}
    environment |= inputs.variables | {name: os.environ[name] for name in variables if name in os.environ}
    mounts = [Mount(place, place, type="bind") for place in (data_root, scratch)]
    mounts += [Mount(place, place, type="bind", read_only=True) for place in inputs.places]
    if weights.is_dir():
        mounts.append(Mount(WEIGHTS, str(weights), type="bind", read_only=True))
        environment["BRANDLENS_WEIGHTS"] = WEIGHTS
    owner = os.stat(data_root)
    (folder / "artifacts").mkdir()
    for place in (folder, folder / "logs", folder / "artifacts", scratch):
        os.chown(place, owner.st_uid, owner.st_gid)
    # kfp's own removes a container the moment it ends and takes one that it then no longer finds for a success.
    # It also forgets this environment for a task that has variables of its own.
    docker_task_handler.run_docker_container = partial(run_container, everywhere=environment)
    return local.DockerRunner(
        user=f"{owner.st_uid}:{owner.st_gid}", read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"],
        labels={RUN_LABEL: folder.name}, mounts=mounts,
    )  # fmt: skip


def run_container(
    client: DockerClient, image: str, command: list[str], volumes: Mapping[str, Any],
    everywhere: Mapping[str, str], environment: Mapping[str, str] | None = None, **arguments: Any,
) -> int:  # fmt: skip
    """Run a step to its end, print what it prints, and return its exit status; the container is always removed.

    everywhere: variables of every step. environment: those of this one.
    """
    variables = {**everywhere, **(environment or {})}
    container = client.containers.create(image, command, volumes=dict(volumes), environment=variables, **arguments)
    try:
        if _interrupted.is_set():
            return 128 + signal.SIGINT
        print(f"Image {image!r}\n")
        container.start()
        for chunk in container.logs(stream=True, follow=True):
            print(chunk.decode(errors="replace"), end="")
        return int(container.wait()["StatusCode"])
    finally:
        container.remove(force=True)


def stop_when_interrupted(run_id: str) -> None:
    """Hand SIGINT on to the containers of the run: they are no children of this process."""

    def stop(*_: Any) -> None:
        _interrupted.set()
        _interrupt(run_id)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)


def _interrupt(run_id: str) -> None:
    import docker
    from requests.exceptions import RequestException

    for container in docker.from_env().containers.list(filters={"label": f"{RUN_LABEL}={run_id}"}):
        try:
            # To every process, because the first one is a shell that would keep the signal to itself.
            container.exec_run(["sh", "-c", "kill -INT -1"])
            container.wait(timeout=PATIENCE_S)
        except (docker.errors.DockerException, RequestException) as error:
            # It ended in the meantime, or does not listen: whoever started it removes it.
            print(f"{container.name}: {error}", file=sys.stderr)
            container.remove(force=True)


def _has(client: DockerClient, image: str) -> bool:
    import docker

    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return False
    return True
