"""Google's own client against a server that speaks its REST interface."""

import json

import pytest
from google.auth.credentials import AnonymousCredentials

from components import runs, which_run
from components.config import TrainingConfig
from components.errors import ConfigError
from components.notify import step as notify
from pipelines import follow, profiles, schedule
from pipelines.profiles import Profile
from pipelines.server import backend
from pipelines.server.errors import ForbiddenError, NotOnServerError, ServerError
from pipelines.server.profile import Server
from pipelines.server.vertex import VertexServer
from pipelines.submit import packed

ARGUMENTS = {"raw": "gs://b/raw", "data_root": "gs://b/root"}
SERVER = Server(project="p", region="r", labels={"team": "vision"}, service_account="trainer@p", time_zone="Asia/Tokyo")
NIGHTLY = "0 0 3 * * *"


@pytest.fixture
def google():
    from vertex_http import VertexHttp

    server = VertexHttp()
    yield server
    server.close()


@pytest.fixture
def vertex(google):
    return VertexServer(SERVER, AnonymousCredentials(), google.endpoint)


@pytest.fixture(scope="module")
def package():
    with packed(TrainingConfig(), profiles.load("vertex")) as made:
        yield made


def test_a_run_is_asked_for_with_package_places_account_and_labels(google, vertex, package):
    started = vertex.start(package, "brandlens-1", ARGUMENTS)
    (job,) = google.jobs.values()
    assert dict(job.runtime_config.parameter_values) == ARGUMENTS
    assert job.runtime_config.gcs_output_directory == "gs://b/root/vertex"
    assert job.pipeline_spec["pipelineInfo"]["name"] == "brandlens-training"
    assert job.service_account == "trainer@p"
    version = package.version.replace(".", "_")
    assert dict(job.labels) == {"team": "vision", "brandlens-version": version, "brandlens-run": "brandlens-1"}
    assert started.link.endswith("/locations/r/pipelines/runs/brandlens-1?project=p")


def test_submission_and_steps_know_the_run_by_one_id(google, vertex, package, monkeypatch, tmp_path):
    started = vertex.start(package, "night-1", ARGUMENTS)
    monkeypatch.delenv(runs.RUN_ID, raising=False)
    # As Vertex AI hands the run's labels to each step.
    monkeypatch.setenv(which_run.VERTEX_LABELS, json.dumps(dict(google.jobs["night-1"].labels)))
    with runs.step("gate", str(tmp_path)) as record:
        record.facts(verdict="keep")
    notify.run(str(tmp_path), "4711", "SUCCEEDED", "")
    summary = follow.summary_of(str(tmp_path), started.run_id)
    assert (summary.run_id, summary.verdict) == ("night-1", "keep")


def test_an_id_that_no_label_can_hold_is_left_to_the_place_to_write_to(google, vertex, package):
    vertex.start(package, "n" * 64, ARGUMENTS)
    assert "brandlens-run" not in google.jobs["n" * 64].labels


def test_a_schedules_runs_do_not_share_an_id(google, vertex, package):
    vertex.create_schedule(package, "nightly", NIGHTLY, ARGUMENTS, "mark")
    (kept,) = google.schedules.values()
    assert "brandlens-run" not in kept.create_pipeline_job_request.pipeline_job.labels


def test_a_name_is_run_once(google, vertex, package):
    assert vertex.start(package, "once", ARGUMENTS) == vertex.start(package, "once", ARGUMENTS)
    assert list(google.jobs) == ["once"]


@pytest.mark.parametrize("acted", [True, False])
def test_a_bad_reply_never_starts_a_run_twice(google, vertex, package, acted):
    google.fault = ("POST", "/pipelineJobs", 503, acted)
    vertex.start(package, "once", ARGUMENTS)
    assert list(google.jobs) == ["once"]


def test_a_run_is_followed_by_its_steps(google, vertex, package):
    vertex.start(package, "run", ARGUMENTS)
    job, types = google.jobs["run"], google.types
    job.state = types.PipelineState.PIPELINE_STATE_FAILED
    at = "2026-01-01T00:{}Z".format
    job.job_detail.task_details = [
        {"task_name": "ingest", "state": "SUCCEEDED", "start_time": at("00:00"), "end_time": at("00:02")},
        {"task_name": "tune", "state": "FAILED", "start_time": at("00:03"), "end_time": at("01:03"),
         "error": {"message": "no memory"}},
        {"task_name": "for-loop-1", "state": "FAILED", "start_time": at("00:03")},
        {"task_name": "push", "state": "PENDING"},
    ]  # fmt: skip
    progress = vertex.progress("run")
    assert progress.state == "failed"
    assert [(task.step, task.state, task.error) for task in progress.tasks] == [
        ("ingest", "succeeded", ""), ("tune", "failed", "no memory"),
    ]  # fmt: skip
    assert progress.tasks[1].ended - progress.tasks[1].started == 60


def test_a_schedule_has_the_zone_and_five_fields_and_one_run_at_a_time(google, vertex, package):
    made = vertex.create_schedule(package, "nightly", NIGHTLY, ARGUMENTS, "mark")
    (kept,) = google.schedules.values()
    assert kept.cron == "TZ=Asia/Tokyo 0 3 * * *"
    assert (kept.max_concurrent_run_count, kept.allow_queueing) == (1, False)
    assert (made.cron, made.enabled, made.version, dict(made.arguments)) == (NIGHTLY, True, package.version, ARGUMENTS)


def test_a_second_that_matters_is_refused(google, vertex, package):
    with pytest.raises(ConfigError, match="second 30"):
        vertex.create_schedule(package, "nightly", "30 0 3 * * *", ARGUMENTS, "mark")
    assert google.requests == []


def test_a_schedule_whose_reply_was_lost_is_found_again(google, vertex, package):
    google.fault = ("POST", "/schedules", None, True)
    made = vertex.create_schedule(package, "nightly", NIGHTLY, ARGUMENTS, "mark")
    assert list(google.schedules) == [made.schedule_id]


def test_a_schedule_that_was_not_made_is_an_error(google, vertex, package):
    google.fault = ("POST", "/schedules", 500, False)
    with pytest.raises(ServerError, match="Could not create the schedule on Vertex AI"):
        vertex.create_schedule(package, "nightly", NIGHTLY, ARGUMENTS, "mark")
    assert google.schedules == {}


def test_schedules_are_replaced_paused_resumed_without_catching_up_and_deleted(google, vertex, monkeypatch):
    monkeypatch.setattr(backend, "of", lambda profile: vertex)
    profile = Profile(platform="vertex", server=SERVER, **ARGUMENTS)
    google.page = 1
    schedule.create(TrainingConfig(), profile, NIGHTLY, name="other")
    schedule.create(TrainingConfig(), profile, NIGHTLY)
    assert len(schedule.create(TrainingConfig(), profile, "0 0 4 * * *").replaced) == 1
    assert [(one.name, one.cron) for one in schedule.listed(profile)] == [
        ("other", NIGHTLY),
        ("brandlens", "0 0 4 * * *"),
    ]
    schedule.switch(profile, "brandlens", False)
    assert [one.enabled for one in schedule.listed(profile)] == [True, False]
    schedule.switch(profile, "brandlens", True)
    assert ([one.enabled for one in schedule.listed(profile)], google.catch_up) == ([True, True], False)
    schedule.delete(profile, "brandlens")
    assert [one.name for one in schedule.listed(profile)] == ["other"]


def test_what_google_refuses_is_said_with_its_exit_code(google, vertex):
    google.fault = ("GET", "/pipelineJobs", 403, False)
    with pytest.raises(ForbiddenError, match=r"Could not list the runs on Vertex AI: .*injected"):
        vertex.condition()
    with pytest.raises(NotOnServerError, match="not found"):
        vertex.progress("absent")


def test_without_project_and_region_both_are_asked_for():
    with pytest.raises(ConfigError) as raised:
        VertexServer.of(Profile(platform="vertex"))
    assert len(raised.value.findings) == 2
