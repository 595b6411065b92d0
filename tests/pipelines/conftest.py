"""A Kubeflow Pipelines server that answers over HTTP, and a profile that names it."""

import shutil

import pytest
from kfp_http import KfpServer
from typer.testing import CliRunner

from pipelines import submit
from pipelines.cli import app
from pipelines.compile import compile_training
from pipelines.profiles import Profile
from pipelines.server import connection
from pipelines.server.profile import Authentication, Server


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """(config, profile, path) -> path: compile_training, once for each; of a server only its labels are compiled."""
    folder, made = tmp_path_factory.mktemp("packages"), {}

    def compiled(config, profile, path):
        key = config.model_dump_json() + profile.model_dump_json(
            exclude={"server": set(Server.model_fields) - {"labels"}}
        )
        if key not in made:
            made[key] = compile_training(config, profile, folder / f"{len(made)}.yaml")
        shutil.copy(made[key], path)
        return path

    return compiled


@pytest.fixture
def kfp(monkeypatch, packages):
    """A server of its own for each test; the client waits milliseconds where it would wait seconds."""
    monkeypatch.setattr(connection, "WAITS_S", (0.01,) * 5)
    monkeypatch.setattr(connection, "LONGEST_WAIT_S", 0.05)
    monkeypatch.delenv("KF_PIPELINES_ENDPOINT", raising=False)
    monkeypatch.setattr(submit, "compile_training", packages)
    server = KfpServer()
    yield server
    server.close()


@pytest.fixture
def profile_of(kfp):
    """(**server settings) -> a Kubeflow profile whose server is the test's."""

    def profile(auth=None, **settings):
        values = {"endpoint": kfp.endpoint, "timeout_s": 5, **settings}
        server = Server(**values, auth=Authentication(**(auth or {})))
        return Profile(platform="kubeflow", raw="gs://b/raw", data_root="gs://b/root", server=server)

    return profile


@pytest.fixture
def brandlens(kfp, monkeypatch):
    """(*arguments) -> what the command printed, on the test's server; its error, if it has one, is raised."""
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", kfp.endpoint)
    monkeypatch.setenv("KUBECONFIG", "/nowhere")  # a test that has a cluster says so
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return run
