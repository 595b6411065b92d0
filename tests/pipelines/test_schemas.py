"""Both packages against the real schemas: protobuf for the documents, Kubernetes' own for the pods."""

import kubernetes_validate
import pytest
import yaml
from rich_profile import KUBEFLOW

from components.config import TrainingConfig
from pipelines import profiles
from pipelines.compile import compile_training
from pipelines.profiles import Profile
from pipelines.server.profile import Server

KUBERNETES = ("1.29", "1.32", "1.37")


def documents(profile, folder):
    package = compile_training(TrainingConfig(), profile, folder / "training.yaml")
    return list(yaml.safe_load_all(package.read_text()))


@pytest.fixture(scope="module")
def kubeflow(tmp_path_factory):
    profile = profiles.load("kubeflow").model_copy(update={"server": Server(labels={"team": "vision"})})
    return documents(profile, tmp_path_factory.mktemp("kubeflow"))


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """Of a profile that asks for everything there is."""
    return documents(Profile.model_validate(KUBEFLOW), tmp_path_factory.mktemp("rich"))


@pytest.mark.parametrize("name", ["kubeflow", "vertex"])
def test_each_document_is_one_of_protobufs(name, tmp_path):
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    spec, *platforms = documents(profiles.load(name), tmp_path)
    assert json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec()).schema_version == "2.1.0"
    assert len(platforms) == (1 if name == "kubeflow" else 0)
    for platform in platforms:
        json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())


def test_the_kubernetes_settings_are_what_kfps_own_message_says(kubeflow):
    from google.protobuf import json_format
    from kfp.kubernetes import kubernetes_executor_config_pb2 as message

    executors = kubeflow[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert len(executors) == 12
    for settings in executors.values():
        read = json_format.ParseDict(settings, message.KubernetesExecutorConfig())
        assert read.pod_metadata.labels["team"] == "vision"
        assert [(one.name, one.field_path) for one in read.field_path_as_env] == [
            ("BRANDLENS_RUN_ID", "metadata.labels['pipeline/runid']")
        ]


def pod(name, container, settings):
    """The pod that Kubeflow's driver makes of an executor (backend/src/v2/driver of kubeflow/pipelines)."""
    resources = container["resources"]
    limits = {"cpu": resources["resourceCpuLimit"], "memory": resources["resourceMemoryLimit"]}
    if "accelerator" in resources:
        limits[resources["accelerator"]["resourceType"]] = resources["accelerator"]["resourceCount"]
    mounts, volumes = _volumes(settings)
    environment = [
        {"name": one["name"], "valueFrom": {"fieldRef": {"fieldPath": one["fieldPath"]}}}
        for one in settings["fieldPathAsEnv"]
    ] + [
        {"name": key["envVar"], "valueFrom": {"secretKeyRef": {"name": one["secretName"], "key": key["secretKey"]}}}
        for one in settings.get("secretAsEnv", []) for key in one["keyToEnv"]
    ] + container.get("env", [])  # fmt: skip
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": settings["podMetadata"]["labels"]},
        "spec": {
            "containers": [{
                "name": "main", "image": container["image"], "command": container["command"], "args": container["args"],
                "resources": {"limits": limits}, "env": environment, "volumeMounts": mounts,
            }],
            "volumes": volumes,
            "nodeSelector": settings.get("nodeSelector", {}).get("labels", {}),
            "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": int(one["weight"]), "preference": {"matchExpressions": one["matchExpressions"]}}
                for one in settings.get("nodeAffinity", [])
            ]}},
            "tolerations": settings.get("tolerations", []),
            "activeDeadlineSeconds": int(settings["activeDeadlineSeconds"]),
        },
    }  # fmt: skip


def _volumes(settings):
    """(mounts, volumes) of empty folders, claims and secrets."""
    memory, claims = settings.get("emptyDirMounts", []), settings.get("pvcMount", [])
    secrets = settings.get("secretAsVolume", [])
    mounts = [{"name": one["volumeName"], "mountPath": one["mountPath"]} for one in memory]
    mounts += [{"name": one["constant"], "mountPath": one["mountPath"], "subPath": one["subPath"]} for one in claims]
    mounts += [{"name": one["secretName"], "mountPath": one["mountPath"]} for one in secrets]
    volumes = [
        {"name": one["volumeName"], "emptyDir": {"medium": one["medium"], "sizeLimit": one["sizeLimit"]}}
        for one in memory
    ]
    volumes += [{"name": one["constant"], "persistentVolumeClaim": {"claimName": one["constant"]}} for one in claims]
    volumes += [{"name": one["secretName"], "secret": {"secretName": one["secretName"]}} for one in secrets]
    return mounts, volumes


def test_the_pods_of_the_rich_profile_do_have_what_it_asks_for(rich):
    by_name = {one["metadata"]["name"]: one["spec"] for one in pods(rich)}
    tune, notify = by_name["exec-tune"], by_name["exec-notify"]
    (preferred,) = tune["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert preferred["preference"]["matchExpressions"][0]["key"] == "spot"
    assert [one["name"] for one in tune["volumes"]] == ["dshm", "brandlens"]
    assert notify["containers"][0]["env"][1]["valueFrom"]["secretKeyRef"] == {"name": "webhook", "key": "url"}


def pods(documents):
    settings = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    return [
        pod(name, executor["container"], settings[name])
        for name, executor in documents[0]["deploymentSpec"]["executors"].items()
    ]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("profile", ["kubeflow", "rich"])
def test_every_pod_is_one_of_kubernetes(request, profile, version):
    for one in pods(request.getfixturevalue(profile)):
        assert kubernetes_validate.validate(one, version, strict=True) == version


def test_the_schema_tells_a_wrong_fragment(kubeflow):
    wrong = pods(kubeflow)[0]
    wrong["spec"]["tolerations"] = [{"kee": "gpu"}]
    with pytest.raises(kubernetes_validate.ValidationError, match="kee"):
        kubernetes_validate.validate(wrong, KUBERNETES[-1], strict=True)


def test_cost_labels_are_on_the_pods_of_kubeflow(kubeflow):
    assert {one["metadata"]["labels"]["team"] for one in pods(kubeflow)} == {"vision"}


def test_a_profile_for_one_platform_does_not_compile_what_only_the_other_has(tmp_path):
    with pytest.raises(ValueError, match="node_selector: only platform kubeflow"):
        Profile.model_validate({"platform": "vertex", "machine": {"node_selector": {"pool": "gpu"}}})
