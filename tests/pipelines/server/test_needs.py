"""How new a server must be for what a profile asks."""

import pytest

from pipelines.pod import Machine, Volume
from pipelines.server import needs
from pipelines.server.errors import ServerTooOldError
from pipelines.server.kubeflow import KubeflowServer


@pytest.fixture
def with_volume(profile_of):
    """(sub_path) -> a profile in which one task mounts a claim."""

    def profile(sub_path):
        volume = Volume(claim="brandlens", mount="/data", sub_path=sub_path)
        return profile_of().model_copy(update={"machines": {"tune": Machine(volumes=(volume,))}})

    return profile


def test_a_claim_mounted_whole_needs_nothing_more(with_volume):
    assert needs.of(with_volume("")) == needs.ANY


def test_a_folder_of_a_claim_needs_a_newer_server_and_an_older_one_is_told_why(kfp, with_volume):
    kfp.state.tag = "2.15.2"
    with pytest.raises(ServerTooOldError, match=r"2\.15\.2; 2\.16 or later is needed for the sub_path of a volume\.$"):
        KubeflowServer.of(with_volume("team")).condition()
    kfp.state.tag = "2.16.0"
    assert KubeflowServer.of(with_volume("team")).condition().version == "2.16.0"


@pytest.mark.parametrize(
    ("version", "numbers"), [("2.14.0", (2, 14)), ("v2.5", (2, 5)), ("3.0.0-rc.1", (3, 0)), ("unknown", ()), ("", ())]
)
def test_a_version_is_its_first_two_numbers(version, numbers):
    assert needs.numbers(version) == numbers
