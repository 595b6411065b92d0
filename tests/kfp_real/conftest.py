"""Two servers for the same commands: the stand-in of the other tests, and the real one that somebody names."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import kfp_server_api as api
import pytest
import yaml
from kfp_http import KfpServer
from typer.testing import CliRunner

from pipelines import profiles
from pipelines.cli import app
from pipelines.server.catalog import Catalog
from pipelines.server.connection import Connection
from pipelines.server.kubeflow import KubeflowServer

PROFILE = "KFP_SERVER_PROFILE"  # the profile whose server is the real one
NO_SERVER = f"no server: make test-kfp-server ENDPOINT=http://... or PROFILE=mine.yaml (here: {PROFILE})"


@dataclass(frozen=True)
class Place:
    """A server, an experiment of its own on it, and an eye on it that is not our client's."""

    profile: Path
    experiment: str
    server: KubeflowServer
    catalog: Catalog
    requests: api.ApiClient

    def run(self, *arguments):
        """A command of ours; returns what it printed, raises the error that would be shown."""
        return CliRunner().invoke(app, [*arguments, "--profile", str(self.profile)], catch_exceptions=False)

    def run_check(self):
        """What `brandlens profile check` prints of it."""
        return CliRunner().invoke(app, ["profile", "check", str(self.profile)], catch_exceptions=False).stdout

    def version(self, reference):
        """A version of the pipeline, with its package."""
        read = api.PipelineServiceApi(self.requests).pipeline_service_get_pipeline_version
        return read(reference.pipeline_id, reference.pipeline_version_id)

    def runs(self):
        """All of the experiment."""
        listing = {"experiment_id": self.catalog.experiment().experiment_id, "page_size": 100}
        return api.RunServiceApi(self.requests).run_service_list_runs(**listing).runs or []


@pytest.fixture(scope="session", params=["stand-in", pytest.param("real", marks=pytest.mark.kfp_server)])
def place(request, tmp_path_factory):
    """The place; what was started there is ended, what was scheduled is deleted."""
    named, endpoint, stand_in = os.environ.get(PROFILE, ""), os.environ.get("KF_PIPELINES_ENDPOINT", ""), None
    if request.param == "stand-in":
        stand_in = KfpServer()
        stand_in.state.tag, named, endpoint = "2.16.0", "", stand_in.endpoint
    elif not (named or endpoint):
        pytest.skip(NO_SERVER)
    folder = tmp_path_factory.mktemp(request.param)
    there = _at(_written(named, endpoint, f"brandlens-test-{secrets.token_hex(3)}", folder))
    yield there
    _leave(there)
    if stand_in:
        stand_in.close()


def _written(named, endpoint, experiment, folder):
    """A profile whose server is meant, with an experiment of its own and places for pictures that nobody reads."""
    name = named or "kubeflow"
    source = profiles.FOLDER / f"{name}.yaml" if name in profiles.names() else Path(name)
    values = yaml.safe_load(source.read_text(encoding="utf-8"))
    server = {**(values.get("server") or {}), "experiment": experiment}
    values |= {"server": {**server, **({"endpoint": endpoint} if endpoint and not named else {})}}
    values |= {"raw": "gs://nobody/raw", "data_root": "gs://nobody/root"}  # never the profile's own
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def _at(path):
    profile = profiles.load(str(path))
    server = KubeflowServer.of(profile)
    connection: Connection = server._connection
    return Place(path, profile.server.experiment, server, Catalog(connection, profile.server), connection.requests)


def _leave(there):
    for schedule in there.server.schedules():
        there.server.delete_schedule(schedule.schedule_id)
    for run in there.runs():
        if there.server.progress(run.run_id).state in ("pending", "running"):
            api.RunServiceApi(there.requests).run_service_terminate_run(run.run_id)
