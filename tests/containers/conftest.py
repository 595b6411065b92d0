"""The container engine of `make test-containers`."""

import socket
import time

import pytest

from components import containers

IMAGES = {"data": containers.DATA, "gpu": containers.GPU}


@pytest.fixture(scope="session")
def engine():
    """A client of the engine, which may have been started a moment ago."""
    import docker

    deadline = time.monotonic() + 30
    while True:
        try:
            client = docker.from_env(timeout=600)
            client.ping()
            break
        except docker.errors.DockerException:
            assert time.monotonic() < deadline, "no engine answers; run `make test-containers`"
            time.sleep(0.2)
    yield client
    client.close()


@pytest.fixture(scope="session")
def run_in(engine):
    """(image's short name, *command, **options) -> what it printed; as nobody known, nothing but /tmp writable."""

    def run(image, *command, **options):
        return engine.containers.run(
            IMAGES[image], list(command), remove=True, user="12345:12345", read_only=True, tmpfs={"/tmp": ""},
            cap_drop=["ALL"], stderr=False, **options,
        ).decode()  # fmt: skip

    return run


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]
