"""What a person types, and what they see."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.config import TrainingConfig
from components.containers import TAG


def brandlens(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def make_brand(raw: Path, brand: str, images: int) -> None:
    from PIL import Image

    (raw / brand).mkdir(parents=True)
    for number in range(images):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(raw / brand / f"{number}.png")


def test_help_lists_every_command():
    shown = brandlens("--help").stdout
    for command in (
        "run-local",
        "compile",
        "submit",
        "schedule",
        "profile",
        "sample-data",
        "weights",
        "config",
        "version",
    ):
        assert command in shown


@pytest.mark.parametrize("command", ["run-local", "compile", "sample-data", "weights", "config"])
def test_every_command_explains_itself(command: str):
    ended = brandlens(command, "--help")
    assert ended.returncode == 0
    assert "Usage: " in ended.stdout


def test_the_version_is_the_tag_of_the_images():
    assert brandlens("version").stdout.strip() == TAG


def test_the_effective_configuration_is_a_file_to_start_from(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("search: {trials: 2}\n")
    shown = yaml.safe_load(brandlens("config", "--show", "--config", str(tmp_path / "mine.yaml")).stdout)
    assert shown["search"]["trials"] == 2
    assert TrainingConfig.model_validate(shown).seed == TrainingConfig().seed


def test_a_wrong_configuration_is_one_message_with_all_findings_and_no_traceback(tmp_path: Path):
    (tmp_path / "bad.yaml").write_text("sede: 1\nsearch: {backbones: [vgg61]}\n")
    ended = brandlens("run-local", str(tmp_path), "--config", str(tmp_path / "bad.yaml"))
    assert ended.returncode == 78
    assert "2 problems in" in ended.stderr
    assert "vgg61" in ended.stderr
    assert "sede: unknown key" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_profile_is_refused():
    ended = brandlens("compile", "--profile", "kubeflwo")
    assert (ended.returncode, "use one of kubeflow, local, vertex" in ended.stderr) == (78, True)


def folder_is_absent(raw: Path) -> str:
    return "does not exist"


def folder_is_a_file(raw: Path) -> str:
    raw.write_text("")
    return "is a file"


def folder_is_empty(raw: Path) -> str:
    raw.mkdir()
    return "no images"


def one_brand_only(raw: Path) -> str:
    make_brand(raw, "acme", 3)
    return "acme"


@pytest.mark.parametrize("prepare", [folder_is_absent, folder_is_a_file, folder_is_empty, one_brand_only])
def test_a_folder_that_cannot_be_learned_from_is_refused_with_its_reason(tmp_path: Path, prepare):
    said = prepare(tmp_path / "raw")
    ended = brandlens("run-local", str(tmp_path / "raw"), "--data-root", str(tmp_path / "data"))
    assert ended.returncode == 65, ended.stderr
    assert str(tmp_path / "raw") in ended.stderr
    assert said in ended.stderr.lower()
    assert "Traceback" not in ended.stderr
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"runs"}


def test_a_brand_with_three_images_stops_the_run_before_the_search_and_names_the_setting(tmp_path: Path):
    make_brand(tmp_path / "raw", "acme", 30)
    make_brand(tmp_path / "raw", "zeta", 3)
    ended = brandlens("run-local", str(tmp_path / "raw"), "--data-root", str(tmp_path / "data"))
    assert ended.returncode == 65, ended.stderr
    assert "zeta" in ended.stderr
    assert "min_images_per_class" in ended.stderr
    assert "tune" not in ended.stderr


def test_a_data_root_that_cannot_be_written_is_refused_at_once(tmp_path: Path):
    make_brand(tmp_path / "raw", "acme", 1)
    (tmp_path / "data").write_text("")
    ended = brandlens("run-local", str(tmp_path / "raw"), "--data-root", str(tmp_path / "data"))
    assert ended.returncode == 74
    assert str(tmp_path / "data") in ended.stderr


def test_a_local_run_does_not_write_to_a_bucket(tmp_path: Path):
    ended = brandlens("run-local", str(tmp_path), "--data-root", "gs://bucket/data")
    assert (ended.returncode, "must be a folder" in ended.stderr) == (65, True)


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of its own with three megabytes."""
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(tmp_path / "disk")]
    try:
        ended = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if ended.returncode:
        pytest.skip(f"no file system can be mounted here: {ended.stderr.strip()}")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def test_a_disk_that_fills_up_ends_the_run_with_its_place_and_publishes_no_snapshot(tmp_path: Path, small_disk: Path):
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1)
    for brand in ("acme", "zeta"):
        (tmp_path / "raw" / brand).mkdir(parents=True)
        for number in range(30):
            pixels = noise.integers(0, 256, (200, 200, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "raw" / brand / f"{number}.png")
    ended = brandlens("run-local", str(tmp_path / "raw"), "--data-root", str(small_disk / "data"))
    assert ended.returncode == 74, ended.stderr
    assert "No space left on device" in ended.stderr
    assert f"{small_disk}/data/increments/" in ended.stderr
    assert not (small_disk / "data" / "snapshots").exists()
