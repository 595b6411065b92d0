"""The package against the messages that each release of Kubeflow Pipelines published for its own server.

A server reads a package with these and refuses what they do not know: the pipeline when it is uploaded, its executors
when a run is created, the Kubernetes settings when a step's driver starts.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rich_profile import KUBEFLOW

from components.config import TrainingConfig
from pipelines import profiles
from pipelines.compile import compile_training
from pipelines.profiles import Profile
from pipelines.server import needs

pytestmark = pytest.mark.kfp_server

# release -> digests of the wheels of kfp-pipeline-spec and kfp-kubernetes
RELEASES = {
    "2.14.0": (
        "569cee7743e7d99dc94fd4a8f33f292ef2e49bfd9a28d11833f2c6af3135f389",
        "b77e074600e57787728a27c3f6ea91e21655580f989246fe9d1da7ece9fb1e2b",
    ),
    "2.14.6": (
        "82cbad2976f248f7049be37d241f1e47ecb3d99e720dfd0cab3e0881be458516",
        "3ab5e67e05ec6ff1962643ef01d9fdad98ec74b4694d2420f16e8d3a7ddb72a2",
    ),
    "2.15.2": (
        "b906cca1400ca097967a6e66a10799dcf17703052264e4b0093bcb0e7f4ed380",
        "0cdb4ff9789233d47119ff5981b9f4c983ac682318df65650d813f8e4ba96e8f",
    ),
    "2.16.1": (
        "c6873c4362e8d227cd900e7e186ac9d2cdd2d492e9baa905d52d78452b7c2b65",
        "d6bb854d93a6bc6893f70e9e4f4978d6133760ae62d8626be8a4360993cc9375",
    ),
    "2.17.0": (
        "a2ae9f287ce69d72f2fc10a5dca30a5e32ab3b6975ad6ce9d4b54e0e02c54371",
        "822e3c59aa09a678f4f5fff392065f93495e18ffcd6cbd43ac62d8bffc0d82b8",
    ),
}
# Of early 2024: it knows no amount of a resource as text.
BEFORE = {"0.3.0": ("1db84524a0a2d6c9d36e7e87e6fa0e181bf1ba1513d29dcd54f7b8822e7a52a2",)}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """(profile) -> the package compiled for it."""

    def compiled(profile):
        return compile_training(TrainingConfig(), profile, tmp_path_factory.mktemp("package") / "training.yaml")

    return compiled


def findings(release, digests, package, folder):
    """What a release's messages do not know of a package; its wheels come from the package index."""
    names = ("kfp-pipeline-spec", "kfp-kubernetes")[: len(digests)]
    wanted = folder / "wanted.txt"
    wanted.write_text(
        "".join(f"{name}=={release} --hash=sha256:{of}\n" for name, of in zip(names, digests, strict=True))
    )
    there = folder / release
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    subprocess.run([sys.executable, *install, "--target", there, "--require-hashes", "-r", wanted], check=True)
    command = [sys.executable, "-W", "ignore", Path(__file__).with_name("parse_as.py"), there, package]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["kubeflow", "rich"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_release_knows_all_that_the_package_says_if_it_is_as_new_as_we_ask_for(release, name, package, tmp_path):
    profile = profiles.load("kubeflow") if name == "kubeflow" else Profile.model_validate(KUBEFLOW)
    path = package(profile)
    steps = len(next(iter(yaml.safe_load_all(path.read_text())))["deploymentSpec"]["executors"])
    found = findings(release, RELEASES[release], path, tmp_path)
    if needs.numbers(release) < needs.of(profile).version:
        assert "has no field named" in found
    else:
        assert found.strip() == f"{steps} executors read"


def test_an_earlier_release_does_not(package, tmp_path):
    ((release, digests),) = BEFORE.items()
    found = findings(release, digests, package(profiles.load("kubeflow")), tmp_path)
    assert 'no field named "resourceCpuLimit"' in found


def test_the_oldest_release_is_the_oldest_that_we_submit_to():
    assert needs.numbers(next(iter(RELEASES))) == needs.OLDEST
