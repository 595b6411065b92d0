"""The compiled graph: edges, caching, resources, golden files."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from components import containers
from components.config import SearchConfig, TrainingConfig
from pipelines import profiles
from pipelines.compile import compile_training

GOLDEN = Path(__file__).parent / "golden"
STEPS = get_args(profiles.TaskName)
GPU_TASKS = {"tune", "train", "evaluate"}


def compiled(profile: str, folder: Path, config: TrainingConfig | None = None) -> list[dict]:
    package = compile_training(config or TrainingConfig(), profiles.load(profile), folder / "training.yaml")
    return list(yaml.safe_load_all(package.read_text()))


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return compiled("kubeflow", tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def tasks(documents: list[dict]) -> dict[str, dict]:
    """Every task of every level of the graph, by its name in the graph: steps, and groups by the name we gave them."""
    spec = documents[0]
    levels = [spec["root"]["dag"], *(part["dag"] for part in spec["components"].values() if "dag" in part)]
    return {task["taskInfo"]["name"]: task for level in levels for task in level["tasks"].values()}


def artifact_edges(task: dict, tasks: dict[str, dict]) -> set[str]:
    """The tasks whose artifacts a task reads."""
    inputs = task.get("inputs", {}).get("artifacts", {}).values()
    producers = {value["taskOutputArtifact"]["producerTask"] for value in inputs if "taskOutputArtifact" in value}
    return {named(producer, tasks) for producer in producers}


def named(key: str, tasks: dict[str, dict]) -> str:
    """kfp numbers the groups; their component carries the same number."""
    return next(name for name, task in tasks.items() if task["componentRef"]["name"] == f"comp-{key}")


@pytest.mark.parametrize(
    ("task", "read"),
    [
        ("check", {"preprocess"}),
        ("each backbone", {"preprocess"}),
        ("select", {"each backbone"}),
        ("train", {"preprocess", "select"}),
        ("evaluate", {"preprocess", "train"}),
        ("gate", {"evaluate"}),
        ("report", {"preprocess", "check", "select", "train", "evaluate", "gate"}),
        ("push", {"verify"}),
    ],
)
def test_a_step_reads_from_the_steps_before_it(tasks: dict[str, dict], task: str, read: set[str]):
    assert artifact_edges(tasks[task], tasks) == read


def test_no_search_starts_before_the_data_are_checked(tasks: dict[str, dict]):
    assert "check" in tasks["each backbone"]["dependentTasks"]


def test_preprocess_is_told_what_ingest_found_and_only_if_it_is_something(
    documents: list[dict], tasks: dict[str, dict]
):
    assert tasks["enough new images"]["triggerPolicy"]["condition"].endswith("!= ''")
    assert "ingest-Output" in tasks["enough new images"]["triggerPolicy"]["condition"]


def test_only_a_verdict_to_promote_leads_to_verify_and_push(documents: list[dict], tasks: dict[str, dict]):
    inside = documents[0]["components"][tasks["promote"]["componentRef"]["name"]]["dag"]["tasks"]
    guard = tasks["promote"]["triggerPolicy"]["condition"]
    assert set(inside) == {"verify", "push"}
    assert "gate-Output" in guard
    assert guard.endswith("== 'promote'")


def test_the_exit_handler_runs_whatever_became_of_the_rest(tasks: dict[str, dict]):
    assert tasks["notify"]["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    assert [named(key, tasks) for key in tasks["notify"]["dependentTasks"]] == ["notify when it ends"]


def test_what_looks_at_a_changing_world_is_never_cached(tasks: dict[str, dict]):
    cached = {name for name in STEPS if tasks[name].get("cachingOptions", {}).get("enableCache")}
    assert cached == {"preprocess", "tune", "select", "train"}


def test_every_task_of_the_graph_can_be_placed_by_a_profile(documents: list[dict]):
    executors = documents[0]["deploymentSpec"]["executors"]
    assert {name.removeprefix("exec-") for name in executors} == set(STEPS)


def test_accelerators_with_type_and_count_go_to_the_right_tasks_only(documents: list[dict]):
    executors = documents[0]["deploymentSpec"]["executors"]
    accelerators = {
        name.removeprefix("exec-"): value["container"]["resources"]["accelerator"]
        for name, value in executors.items()
        if "accelerator" in value["container"]["resources"]
    }
    assert set(accelerators) == GPU_TASKS
    for accelerator in accelerators.values():
        assert (accelerator["resourceType"], accelerator["resourceCount"]) == ("nvidia.com/gpu", "1")


def test_gpu_pods_alone_have_node_selector_toleration_and_shared_memory(documents: list[dict]):
    executors = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    placed = {name.removeprefix("exec-") for name, value in executors.items() if "nodeSelector" in value}
    assert placed == GPU_TASKS
    for task in GPU_TASKS:
        settings = executors[f"exec-{task}"]
        assert settings["nodeSelector"]["labels"] == {"cloud.google.com/gke-accelerator": "nvidia-l4"}
        assert [t["key"] for t in settings["tolerations"]] == ["nvidia.com/gpu", "cloud.google.com/gke-spot"]
        (memory,) = settings["emptyDirMounts"]
        assert (memory["mountPath"], memory["medium"], memory["sizeLimit"]) == ("/dev/shm", "Memory", "4Gi")


def test_every_pod_has_cpu_memory_timeout_and_the_gpu_pods_more_retries(documents: list[dict], tasks: dict[str, dict]):
    executors = documents[0]["deploymentSpec"]["executors"]
    settings = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for name in STEPS:
        resources = executors[f"exec-{name}"]["container"]["resources"]
        assert resources["resourceCpuLimit"]
        assert resources["resourceMemoryLimit"]
        timeout_s = {"preprocess": "43200"}.get(name, "86400" if name in GPU_TASKS else "3600")
        assert settings[f"exec-{name}"]["activeDeadlineSeconds"] == timeout_s
        assert tasks[name]["retryPolicy"]["maxRetryCount"] == (5 if name in GPU_TASKS else 2)


@pytest.mark.parametrize(
    ("name", "longest_s"),
    [("tune", 6 * 86400 + 60 * (1 + 2 + 4 + 8 + 16)), ("check", 3 * 3600 + 60 * (1 + 2))],
)
def test_all_attempts_and_the_waits_between_them_fit_into_what_argo_allows_them_together(tasks, name, longest_s):
    assert tasks[name]["retryPolicy"]["backoffMaxDuration"] == f"{longest_s}s"


def test_steps_that_fit_run_in_the_image_that_has_tensorflow(documents: list[dict]):
    executors = documents[0]["deploymentSpec"]["executors"]
    images = {name.removeprefix("exec-"): value["container"]["image"] for name, value in executors.items()}
    assert {name for name, image in images.items() if image == containers.GPU} == GPU_TASKS | {"verify"}
    assert set(images.values()) == {containers.GPU, containers.DATA}


def test_nothing_is_installed_when_a_step_starts(documents: list[dict]):
    for executor in documents[0]["deploymentSpec"]["executors"].values():
        assert "pip install" not in " ".join(executor["container"]["command"])


def test_the_configuration_is_the_default_of_the_parameters(tmp_path: Path):
    config = TrainingConfig(seed=99, search=SearchConfig(backbones=("vgg16",), trials=3))
    parameters = compiled("local", tmp_path, config)[0]["root"]["inputDefinitions"]["parameters"]
    assert parameters["seed"]["defaultValue"] == 99
    assert parameters["backbones"]["defaultValue"] == ["vgg16"]
    assert parameters["search"]["defaultValue"]["trials"] == 3


def test_several_workers_are_several_rounds_of_the_same_loop(tmp_path: Path):
    search = SearchConfig(backbones=("vgg16", "xception"), workers_per_backbone=2)
    (spec, _), (one, _) = (
        compiled("kubeflow", tmp_path, TrainingConfig(search=changed))
        for changed in (search, search.model_copy(update={"workers_per_backbone": 1}))
    )
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert parameters["backbones"]["defaultValue"] == ["vgg16-1of2", "vgg16-2of2", "xception-1of2", "xception-2of2"]
    assert parameters["search"]["defaultValue"]["backbones"] == ["vgg16", "xception"]
    parts = [task for part in spec["components"].values() for task in part.get("dag", {}).get("tasks", {}).values()]
    (loop,) = [task for task in parts if "parameterIterator" in task]
    assert loop["parameterIterator"]["items"]["inputParameter"].endswith("backbones")
    assert loop["iteratorPolicy"] == {"parallelismLimit": profiles.load("kubeflow").parallel_searches}
    for document in (spec, one):
        for name in ("backbones", "search"):
            del document["root"]["inputDefinitions"]["parameters"][name]["defaultValue"]
    assert spec == one  # nothing else of the graph is different


@pytest.mark.parametrize("profile", ["kubeflow", "vertex"])
def test_the_graph_is_the_golden_one(profile: str, tmp_path: Path):
    package = compile_training(TrainingConfig(), profiles.load(profile), tmp_path / "training.yaml")
    assert package.read_text() == (GOLDEN / f"{profile}.yaml").read_text(), "If this is meant to change: make golden"


def test_vertex_gets_no_kubernetes_settings(tmp_path: Path):
    assert len(compiled("vertex", tmp_path)) == 1
