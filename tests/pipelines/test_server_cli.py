"""What a person sees of a server; the commands in this process."""

import pytest
from typer.testing import CliRunner

from components.errors import ConfigError
from pipelines.cli import app


@pytest.fixture
def brandlens(kfp, monkeypatch):
    """(*arguments) -> what the command printed, on the test's server; its error, if it has one, is raised."""
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", kfp.endpoint)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return run


PLACES = ("--raw", "gs://b/raw", "--data-root", "gs://b/root")


def test_a_submission_prints_the_link_alone_on_standard_output(kfp, brandlens):
    shown = brandlens("submit", *PLACES, "--name", "night-1")
    assert shown.stdout.strip() == f"{kfp.endpoint}/#/runs/details/{next(iter(kfp.state.runs))}"
    assert "run night-1, package 0.1.0-" in shown.stderr


def test_a_run_that_succeeds_ends_the_command_well(kfp, brandlens):
    kfp.state.script = ["SUCCEEDED"]
    assert brandlens("submit", "--raw", "/r", "--data-root", "/nowhere", "--wait").exit_code == 0


def test_a_schedule_is_made_listed_paused_and_deleted(kfp, brandlens):
    made = brandlens("schedule", "create", "0 0 3 * * *", *PLACES)
    (schedule_id,) = kfp.state.recurring
    assert made.stdout.strip() == schedule_id
    assert made.stderr.count(" 03:00:00 UTC") == 3
    listed = brandlens("schedule", "list").stdout
    assert schedule_id in listed
    assert "0 0 3 * * *" in listed
    brandlens("schedule", "pause", "brandlens")
    assert "paused" in brandlens("schedule", "list").stdout
    brandlens("schedule", "resume", "brandlens")
    assert "paused" not in brandlens("schedule", "list").stdout
    assert "deleted" in brandlens("schedule", "delete", schedule_id).stdout
    assert brandlens("schedule", "list").stdout.strip() == "No schedules."


def test_a_replaced_schedule_is_named(kfp, brandlens):
    brandlens("schedule", "create", "0 0 3 * * *", *PLACES)
    (old,) = kfp.state.recurring
    assert f"replaced {old} (0 0 3 * * *)" in brandlens("schedule", "create", "0 0 4 * * *", *PLACES).stderr


def test_a_profile_is_checked_with_its_server(kfp, brandlens):
    shown = brandlens("profile", "check", "kubeflow").stdout
    assert "kubeflow is in order." in shown
    assert "no registry" in shown
    assert "The server answers: kubeflow 2.15.0" in shown
    assert "experiment brandlens will be made by the first run" in shown


def test_a_local_profile_has_no_server_to_ask(kfp, brandlens):
    assert brandlens("profile", "check", "local").stdout.strip() == "local is in order."
    assert kfp.requests == []


def test_a_profile_that_is_wrong_is_not_asked_about(kfp, brandlens, tmp_path):
    (tmp_path / "mine.yaml").write_text("platform: kubeflow\nserver: {endpoint: here}\n")
    with pytest.raises(ConfigError, match=r"server\.endpoint"):
        brandlens("profile", "check", str(tmp_path / "mine.yaml"))
    assert kfp.requests == []
