"""The images' locks: hashes for everything, the versions of the environment, and no TensorFlow where there is none."""

import re
from pathlib import Path

import pytest

from components import containers

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "docker").glob("*.lock"))
IMAGES = [path for path in LOCKS if path.stem != "tools"]


def pins(path: Path) -> dict[str, set[str]]:
    """Name -> versions; a name may have one version for each range of Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_download_is_checked_by_a_hash(lock: Path):
    entries = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_an_image_has_the_versions_of_the_environment(lock: Path):
    here = pins(ROOT / "requirements.lock")
    # What has a version of its own: CUDA's libraries.
    ours = {name: versions for name, versions in pins(lock).items() if not name.startswith("nvidia-")}
    assert {name for name, versions in ours.items() if not versions <= here.get(name, set())} == set()


def test_the_data_image_has_no_tensorflow():
    assert {"tensorflow", "tensorflow-cpu", "keras"} & set(pins(ROOT / "docker" / "data.lock")) == set()


def test_what_the_gpu_image_adds_leaves_the_packages_of_the_data_image_as_they_are():
    data = pins(ROOT / "docker" / "data.lock")
    for lock in ("gpu-cpu.lock", "gpu-cuda.lock"):
        gpu = pins(ROOT / "docker" / lock)
        # The lock of CUDA is for one platform: it may have fewer packages, never another version.
        assert {name for name, versions in data.items() if not gpu.get(name, versions) <= versions} == set()


def test_the_gpu_image_has_one_tensorflow_and_with_cuda_its_libraries():
    cuda = pins(ROOT / "docker" / "gpu-cuda.lock")
    assert "tensorflow-cpu" not in cuda
    assert {"tensorflow", "nvidia-cudnn-cu12"} <= set(cuda)
    assert "nvidia-cudnn-cu12" not in pins(ROOT / "docker" / "gpu-cpu.lock")


def test_the_gpu_image_starts_from_the_images_of_this_version():
    text = (ROOT / "docker" / "gpu.Dockerfile").read_text()
    assert f"ARG DATA_IMAGE={containers.DATA}\n" in text
    assert f"ARG PACKAGES_IMAGE=brandlens-packages:{containers.TAG}\n" in text


def test_the_harness_that_is_named_is_that_of_the_locked_beam():
    (beam,) = pins(ROOT / "docker" / "data.lock")["apache-beam"]
    for name in ("cloudbuild.yaml", "docker/data.Dockerfile", "docs/images.md"):
        named = set(re.findall(r"apache/beam_python3\.11_sdk:([\d.]+\d)", (ROOT / name).read_text()))
        assert named == {beam}, name
