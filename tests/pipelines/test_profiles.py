from pathlib import Path

import pytest

from components.errors import ConfigError
from pipelines import profiles
from pipelines.pod import Accelerator, Machine
from pipelines.profiles import Profile


def profile_from(tmp_path: Path, text: str) -> Profile:
    (tmp_path / "mine.yaml").write_text(text)
    return profiles.load(str(tmp_path / "mine.yaml"))


def test_three_profiles_come_with_the_package_and_are_in_order():
    assert profiles.names() == ["kubeflow", "local", "vertex"]
    assert [profiles.load(name).platform for name in profiles.names()] == profiles.names()


def test_a_name_that_is_none_lists_those_that_are():
    with pytest.raises(ConfigError, match="no profile 'kubflow': use one of kubeflow, local, vertex or a path"):
        profiles.load("kubflow")


def test_a_task_has_its_own_fields_over_those_of_every_task():
    profile = Profile(
        platform="kubeflow",
        machine=Machine(cpu="1", memory="2Gi", retries=2),
        machines={"tune": Machine(memory="26Gi", accelerator=Accelerator(type="nvidia.com/gpu"))},
    )
    tune = profile.machine_of("tune")
    assert (tune.cpu, tune.memory, tune.retries) == ("1", "26Gi", 2)
    assert tune.accelerator == Accelerator(type="nvidia.com/gpu", count=1)
    assert profile.machine_of("train").accelerator is None


def test_a_task_may_take_back_what_every_task_has(tmp_path: Path):
    profile = profile_from(
        tmp_path, "platform: kubeflow\nmachine: {timeout_s: 60}\nmachines: {train: {timeout_s: null}}\n"
    )
    assert profile.machine_of("train").timeout_s is None


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("platform: laptop", "platform: Input should be 'local', 'kubeflow' or 'vertex' (got 'laptop')"),
        ("platform: local\nmachine: {memory: 4 GB}", "machine.memory: String should match pattern"),
        ("platform: local\nmachines: {tunes: {}}", "machines.tunes.[key]: Input should be 'ingest'"),
        ("platform: local\nmachine: {accelerator: {type: nvidia.com/gpu, count: 0}}", "greater than or equal to 1"),
        (
            "platform: vertex\nmachines: {tune: {node_selector: {pool: gpu}, timeout_s: 60}}",
            "node_selector, timeout_s: only platform kubeflow can give these, not vertex",
        ),
        ("platform: local\nimages: {data: 'registry/data:latest'}", "registry/data:latest: name a version or a digest"),
        ("platform: local\nimages: {gpu: 'registry:5000/gpu'}", "registry:5000/gpu: name a version or a digest"),
        (
            "platform: local\nmachine: {tolerations: [{key: spot, operator: Equal}]}",
            "operator Equal with value None: Equal needs a value",
        ),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, finding: str):
    with pytest.raises(ConfigError) as raised:
        profile_from(tmp_path, text)
    assert finding in str(raised.value)


def test_an_image_by_digest_is_pinned():
    assert profiles.Images(data="registry:5000/data@sha256:abc", gpu="gpu:1").data.endswith("abc")


def test_a_profile_survives_the_way_through_json():
    profile = profiles.load("kubeflow")
    again = Profile.model_validate_json(profile.model_dump_json(exclude_unset=True))
    assert again.effective() == profile.effective()


def test_the_nodes_that_infra_makes_are_those_that_the_profile_asks_for():
    infra = Path(__file__).parents[2] / "infra"
    nodes, variables = (" ".join((infra / name).read_text().split()) for name in ("kubeflow.tf", "variables.tf"))
    tune = profiles.load("kubeflow").machine_of("tune")
    (kind,) = tune.node_selector.values()
    assert f'variable "accelerator" {{ type = string default = "{kind}"' in variables
    (spot,) = tune.spot.tolerations
    assert f'key = "{spot.key}"' in nodes
    assert f'for_each = each.value ? ["{spot.value}"] : []' in nodes
    assert (spot.effect, 'effect = "NO_SCHEDULE"' in nodes) == ("NoSchedule", True)
    assert f"{next(iter(tune.spot.node_selector))}=true" in nodes
