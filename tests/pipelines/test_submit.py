"""Submitting to a server that answers over HTTP, and to one that does not."""

import os
import subprocess
import sys

import pytest

from components.config import SearchConfig, TrainingConfig
from components.containers import TAG
from components.errors import ConfigError
from pipelines import profiles
from pipelines import submit as submission
from pipelines.profiles import Profile
from pipelines.server.errors import BusyError, RefusedError, ServerError
from pipelines.submit import submit

CONFIG = TrainingConfig()


def test_a_run_is_started_with_the_profiles_places(kfp, profile_of):
    _, started = submit(CONFIG, profile_of(service_account="trainer", pipeline_root="gs://b/small"))
    (run,) = kfp.state.runs.values()
    assert run.runtime_config.parameters == {"raw": "gs://b/raw", "data_root": "gs://b/root"}
    assert (run.service_account, run.runtime_config.pipeline_root) == ("trainer", "gs://b/small")
    assert started.link == f"{kfp.endpoint}/#/runs/details/{run.run_id}"
    assert kfp.state.experiments[run.experiment_id].display_name == "brandlens"


def test_the_servers_protobuf_takes_both_documents_of_the_package(kfp, profile_of):
    submit(CONFIG, profile_of())
    ((spec, platform),) = kfp.state.specs.values()
    assert spec.pipeline_info.name == "brandlens-training"
    assert "exec-tune" in platform.platforms["kubernetes"].deployment_spec.executors


def test_a_package_is_uploaded_once_and_run_twice(kfp, profile_of):
    submit(CONFIG, profile_of())
    submit(CONFIG, profile_of())
    assert (len(kfp.state.versions), len(kfp.state.experiments), len(kfp.state.runs)) == (1, 1, 2)
    assert kfp.count("POST", "/pipelines/upload_version") == 1


def test_another_configuration_is_another_version_of_the_same_pipeline(kfp, profile_of):
    submit(CONFIG, profile_of())
    submit(TrainingConfig(search=SearchConfig(trials=3)), profile_of())
    names = [version.display_name for version in kfp.state.versions.values()]
    assert len(set(names)) == 2
    assert all(name.startswith(f"{TAG}-") for name in names)
    assert len(kfp.state.pipelines) == 1


def test_a_name_that_a_run_has_already_starts_no_other(kfp, profile_of):
    first = submit(CONFIG, profile_of(), name="night-1")[1]
    assert submit(CONFIG, profile_of(), name="night-1")[1] == first
    assert submit(CONFIG, profile_of(), name="night-2")[1] != first
    assert len(kfp.state.runs) == 2


@pytest.mark.parametrize("thing", ["/runs", "/pipelines", "/pipelines/upload_version", "/experiments"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"cut": True, "acted": True}, id="cut-after-it-acted"),
        pytest.param({"cut": True, "times": 3}, id="cut-before-it-acted"),
        pytest.param({"cut": True, "slow_s": 0.03}, id="cut-and-acting-a-little-later"),
        pytest.param({"status": 500, "acted": True}, id="500-after-it-acted"),
        pytest.param({"status": 500, "times": 2}, id="500-twice"),
        pytest.param({"status": 503}, id="503"),
        pytest.param({"status": 409, "acted": True}, id="409-for-somebody-was-faster"),
        pytest.param({"status": 429, "times": 2, "headers": {"Retry-After": "1"}}, id="429-twice"),
        pytest.param({"slow_s": 1.3, "acted": True}, id="slower-than-we-wait"),
    ],
)
def test_a_lost_or_bad_reply_never_makes_a_thing_twice(kfp, profile_of, thing, fault):
    kfp.fault("POST", f"v2beta1{thing}", **fault)
    _, started = submit(CONFIG, profile_of(timeout_s=1), name="once")
    (run,) = kfp.state.runs.values()
    assert (run.run_id, run.display_name) == (started.run_id, "once")
    assert [len(kfp.state.pipelines), len(kfp.state.versions), len(kfp.state.experiments)] == [1, 1, 1]


def test_a_request_that_may_still_be_worked_on_is_not_sent_again(kfp, profile_of):
    kfp.fault("POST", "/runs", status=504, times=9)
    with pytest.raises(ServerError, match=r"may still be working on it, so that nothing was sent again"):
        submit(CONFIG, profile_of())
    assert kfp.count("POST", "/runs") == 1


def test_a_server_that_stays_busy_is_given_up_on_with_the_code_for_try_later(kfp, profile_of):
    kfp.fault("GET", "/healthz", status=429, times=99)
    with pytest.raises(BusyError) as raised:
        submit(CONFIG, profile_of())
    assert raised.value.exit_code == 75
    assert kfp.count("GET", "/healthz") == 6
    assert kfp.count("POST", "/.*") == 0


def test_what_the_server_finds_wrong_is_said_in_its_own_words_and_not_tried_again(kfp, profile_of):
    kfp.fault("POST", "/runs", status=400)
    with pytest.raises(Exception, match=r"Could not create run .* refused the request \(400\). It said: injected 400"):
        submit(CONFIG, profile_of())
    assert kfp.count("POST", "/runs") == 1


def test_a_package_that_the_server_cannot_read_is_refused_in_the_words_of_its_upload(kfp, profile_of, monkeypatch):
    def compiled(config, profile, path):
        path.write_text("pipelineInfo: {name: other}\nroot: {}\nschemaVersion: 9.9.9\n")
        return path

    monkeypatch.setattr(submission, "compile_training", compiled)
    with pytest.raises(RefusedError, match=r"refused the request \(400\)\. It said: KFP only supports .*9\.9\.9$"):
        submit(CONFIG, profile_of())
    assert kfp.count("POST", "/upload_version") == 1


def test_missing_places_are_all_named_before_anything_is_sent(kfp, profile_of):
    homeless = profile_of().model_copy(update={"raw": "", "data_root": "build/data"})
    with pytest.raises(ConfigError) as raised:
        submit(CONFIG, homeless)
    assert "raw: where?" in str(raised.value)
    assert "data_root: build/data is a path of this machine" in str(raised.value)
    assert kfp.requests == []


def test_a_profile_without_a_server_is_refused():
    with pytest.raises(ConfigError, match="local has no server"):
        submit(CONFIG, profiles.load("local").model_copy(update={"raw": "/raw", "data_root": "/data"}))


def test_a_profile_without_an_address_says_where_one_goes(monkeypatch):
    monkeypatch.delenv("KF_PIPELINES_ENDPOINT", raising=False)
    with pytest.raises(ConfigError, match=r"server.endpoint: which server\?.*KF_PIPELINES_ENDPOINT"):
        submit(CONFIG, Profile(platform="kubeflow", raw="gs://b/raw", data_root="gs://b/root"))


def brandlens(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip


GPU_PROFILE = """
platform: kubeflow
machines: {tune: {accelerator: {type: nvidia.com/gpu}}}
price_per_gpu_hour: 1.5
"""


def test_waiting_ends_as_the_run_ends_and_says_which_step_failed(kfp, tmp_path):
    kfp.state.script = ["FAILED"]
    kfp.state.tasks = [("ingest", "SUCCEEDED", 0, 2), ("tune", "FAILED", 3, 7203, "no memory")]
    (tmp_path / "mine.yaml").write_text(GPU_PROFILE)
    places = ["--raw", "/mnt/raw", "--data-root", str(tmp_path / "data")]
    ended = brandlens(
        "submit", "--profile", str(tmp_path / "mine.yaml"), *places, "--wait", KF_PIPELINES_ENDPOINT=kfp.endpoint
    )
    assert ended.returncode == 70, ended.stderr
    assert ended.stdout.strip() == f"{kfp.endpoint}/#/runs/details/{next(iter(kfp.state.runs))}"
    assert "tune: no memory" in ended.stderr
    assert "2.00 GPU hours, about 3.00" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_refused_connection_is_one_message_and_an_exit_code(tmp_path):
    ended = brandlens(
        "submit", "--raw", "gs://b/raw", "--data-root", "gs://b/root", KF_PIPELINES_ENDPOINT="http://127.0.0.1:9"
    )
    assert ended.returncode == 69
    assert "http://127.0.0.1:9 cannot be reached" in ended.stderr
    assert "port-forward" in ended.stderr
    assert "Traceback" not in ended.stderr
