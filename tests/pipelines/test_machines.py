"""What a profile asks for, found again in the compiled graph."""

import json

import pytest
import yaml
from kfp import dsl
from rich_profile import KUBEFLOW

from components import rates
from components.config import TrainingConfig
from components.notify.settings import VARIABLE
from pipelines.compile import compile_training
from pipelines.profiles import Profile

VERTEX = {
    "platform": "vertex",
    "server": {"project": "p", "region": "r"},
    "notification": {"webhook_secret": "projects/p/secrets/s/versions/latest"},
}


def compiled(values, folder):
    package = compile_training(TrainingConfig(), Profile.model_validate(values), folder / "training.yaml")
    return list(yaml.safe_load_all(package.read_text()))


@pytest.fixture(scope="module")
def kubeflow(tmp_path_factory):
    return compiled({**KUBEFLOW, "price_per_gpu_hour": 0.5}, tmp_path_factory.mktemp("kubeflow"))


@pytest.fixture(scope="module")
def vertex(tmp_path_factory):
    return compiled(VERTEX, tmp_path_factory.mktemp("vertex"))


@pytest.fixture(scope="module")
def settings(kubeflow):
    return kubeflow[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def environment(documents, task):
    container = documents[0]["deploymentSpec"]["executors"][f"exec-{task}"]["container"]
    return {one["name"]: one["value"] for one in container.get("env", [])}


def test_spot_with_fallback_is_a_preference_and_no_demand(settings):
    (term,) = settings["exec-tune"]["nodeAffinity"]
    assert term["weight"] == 100
    assert term["matchExpressions"] == [{"key": "spot", "operator": "In", "values": ["true"]}]
    assert "nodeSelector" not in settings["exec-tune"]


def test_spot_without_fallback_is_a_demand(settings):
    assert settings["exec-train"]["nodeSelector"]["labels"] == {"spot": "true"}
    assert "nodeAffinity" not in settings["exec-train"]


@pytest.mark.parametrize("task", ["tune", "train"])
def test_spot_adds_its_tolerations_to_those_of_the_task(settings, task):
    assert [one["key"] for one in settings[f"exec-{task}"]["tolerations"]] == ["gpu", "spot"]


def test_a_volume_of_every_task_is_in_every_pod(settings):
    mounts = [(one["constant"], one["mountPath"], one["subPath"]) for s in settings.values() for one in s["pvcMount"]]
    assert mounts == [("brandlens", "/data", "team")] * 12


def test_a_secret_fills_the_variable_of_its_task_alone(settings):
    (secret,) = settings["exec-notify"]["secretAsEnv"]
    assert (secret["secretName"], secret["keyToEnv"]) == ("webhook", [{"envVar": "WEBHOOK", "secretKey": "url"}])
    assert [name for name, one in settings.items() if "secretAsEnv" in one] == ["exec-notify"]


def test_a_secret_may_be_a_folder(settings):
    (secret,) = settings["exec-ingest"]["secretAsVolume"]
    assert (secret["secretName"], secret["mountPath"]) == ("registry", "/secrets/registry")


def test_notify_alone_is_told_whom_to_tell_and_where_the_run_is_seen(kubeflow):
    told = json.loads(environment(kubeflow, "notify")[VARIABLE])
    assert (told["webhook_env"], told["when"]) == ("WEBHOOK", ["always"])
    assert told["link"] == "https://kubeflow.example.com/#/runs/details/{run}"
    assert environment(kubeflow, "gate") == {}


def test_on_vertex_the_link_is_the_consoles(vertex):
    link = json.loads(environment(vertex, "notify")[VARIABLE])["link"]
    assert link == "https://console.cloud.google.com/vertex-ai/locations/r/pipelines/runs/{run}?project=p"


def test_without_a_notification_nobody_is_told(tmp_path):
    assert environment(compiled({"platform": "local"}, tmp_path), "notify") == {}


def test_steps_that_say_what_gpus_cost_are_told_their_number_and_price(kubeflow):
    told = {task: environment(kubeflow, task).get(rates.VARIABLE) for task in ("tune", "train", "report", "check")}
    assert told["check"] is None
    assert told["tune"] == told["train"] == told["report"]
    assert json.loads(told["tune"]) == {"gpus": {"tune": 2, "train": 2}, "price_per_gpu_hour": 0.5}


def test_where_there_are_no_gpus_nobody_counts_them(tmp_path):
    priced = {"platform": "local", "price_per_gpu_hour": 2.0}
    assert environment(compiled(priced, tmp_path), "tune") == {}


@pytest.mark.parametrize(
    ("platform", "placeholder"),
    [("kubeflow", dsl.PIPELINE_JOB_ID_PLACEHOLDER), ("vertex", dsl.PIPELINE_JOB_NAME_PLACEHOLDER)],
)
def test_notify_is_given_the_id_by_which_the_server_knows_the_run(request, platform, placeholder):
    task = request.getfixturevalue(platform)[0]["root"]["dag"]["tasks"]["notify"]
    assert task["inputs"]["parameters"]["run_id"]["runtimeValue"]["constant"] == placeholder
