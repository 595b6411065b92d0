"""Whatever a profile asks for is in the package or refused by name: on no platform is it dropped silently."""

import pytest
import yaml
from pydantic import ValidationError

from components.config import TrainingConfig
from pipelines.compile import compile_training
from pipelines.pod import Machine
from pipelines.profiles import ON_KUBERNETES_ONLY, Profile

ASKED = {
    "cpu": "3",
    "memory": "3G",
    "accelerator": {"type": "gpu"},
    "node_selector": {"pool": "big"},
    "tolerations": [{"key": "gpu"}],
    "spot": {"node_selector": {"spot": "true"}},
    "shared_memory": "1Gi",
    "volumes": [{"claim": "data", "mount": "/data"}],
    "secrets": [{"name": "webhook", "mount": "/webhook"}],
    "timeout_s": 60,
    "retries": 3,
    "retry_backoff_s": 5,
}
BASE = {"retries": 1, "retry_backoff_s": 60}  # a pause between attempts means nothing without attempts


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """(platform, fields of the machine) -> the package's text; each compiled once."""
    folder, made = tmp_path_factory.mktemp("packages"), {}

    def text(platform, **machine):
        key = repr((platform, machine))
        if key not in made:
            profile = Profile.model_validate({"platform": platform, "machine": {**BASE, **machine}})
            made[key] = compile_training(TrainingConfig(), profile, folder / "training.yaml").read_text()
        return made[key]

    return text


def test_no_field_of_a_machine_is_forgotten_here():
    assert set(ASKED) == set(Machine.model_fields)


@pytest.mark.parametrize("field", ASKED)
def test_on_kubeflow_whatever_is_asked_for_is_in_the_package(compiled, field):
    assert compiled("kubeflow", **{field: ASKED[field]}) != compiled("kubeflow")


@pytest.mark.parametrize("platform", ["vertex", "local"])
@pytest.mark.parametrize("field", ASKED)
def test_elsewhere_it_is_in_the_package_or_refused_by_name(compiled, platform, field):
    if field in ON_KUBERNETES_ONLY:
        with pytest.raises(ValidationError, match=f"{field}: only platform kubeflow can give these, not {platform}"):
            compiled(platform, **{field: ASKED[field]})
    else:
        assert compiled(platform, **{field: ASKED[field]}) != compiled(platform)


def test_both_platforms_get_the_same_graph(compiled):
    on_kubeflow, on_vertex = (next(yaml.safe_load_all(compiled(one, retries=0))) for one in ("kubeflow", "vertex"))
    ids = {one["root"]["dag"]["tasks"]["notify"]["inputs"]["parameters"].pop("run_id")["runtimeValue"]["constant"]
           for one in (on_kubeflow, on_vertex)}  # fmt: skip
    assert ids == {"{{$.pipeline_job_uuid}}", "{{$.pipeline_job_name}}"}
    assert on_kubeflow == on_vertex


@pytest.mark.parametrize("field", ["endpoint", "namespace", "experiment", "timeout_s", "kube_context", "ca_file"])
def test_what_only_a_server_of_kubeflow_has_is_refused_on_vertex(field):
    value = 5 if field == "timeout_s" else "https://x"
    with pytest.raises(ValidationError, match=rf"server\.{field}: means nothing on platform vertex"):
        Profile.model_validate({"platform": "vertex", "server": {field: value}})
