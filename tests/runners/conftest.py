"""Runners that are services: each job server as its users start it, and the external worker pool beside it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

FETCHED = Path("build/runners").absolute()  # where tests/runners/fetch.sh puts what it brings
# What Flink 1.20 reaches into on Java 17; from the configuration that Flink itself ships.
OPENED = ("lang", "net", "io", "nio", "lang.reflect", "text", "time", "util", "util.concurrent")


@pytest.fixture(
    params=[
        "beam",  # Beam's own job service: the protocol without another runner behind it
        pytest.param("prism", marks=pytest.mark.prism),
        pytest.param("flink", marks=pytest.mark.flink),
    ]
)
def portable_options(request, tmp_path):
    """Options under which a pipeline runs on that job server, its functions in a worker pool of their own."""
    jobs, workers = _free_port(), _free_port()
    options = [
        "--runner=PortableRunner", f"--job_endpoint=127.0.0.1:{jobs}", "--environment_type=EXTERNAL",
        f"--environment_config=127.0.0.1:{workers}",
    ]  # fmt: skip
    if request.param == "prism":
        options.append(f"--artifact_endpoint=127.0.0.1:{jobs}")
    pool = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={workers}"]
    with (
        _service(_job_server(request.param, jobs, tmp_path), jobs, tmp_path / "job_server.log"),
        _service(pool, workers, tmp_path / "pool.log"),
    ):
        yield options


def _job_server(name, port, folder):
    if name == "beam":
        module = "apache_beam.runners.portability.local_job_service_main"
        return [sys.executable, "-m", module, f"--port={port}", f"--staging_dir={folder / 'staging'}"]
    from apache_beam import __version__ as version

    if name == "prism":
        return [str(FETCHED / f"prism-{version}"), f"-job_port={port}", "-serve_http=false"]
    jar = FETCHED / f"beam-runners-flink-1.20-job-server-{version}.jar"
    opened = [f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in OPENED]
    ports = [f"--job-port={port}", "--artifact-port=0", "--expansion-port=0", "--job-host=127.0.0.1"]
    return [
        "java",
        *opened,
        "-jar",
        str(jar),
        "--flink-master=[local]",
        f"--artifacts-dir={folder / 'staging'}",
        *ports,
    ]


@contextmanager
def _service(command, port, log):
    """Run a program while the body runs, once it listens at the port."""
    # The pool starts `python`: the one whose packages these are.
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, f"{command[0]} ended:\n{log.read_text()}"
            assert time.monotonic() < until, f"{command[0]} does not listen at {port}:\n{log.read_text()}"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _listens(port):
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, port), 0.2).close()
        except OSError:
            continue
        return True
    return False
