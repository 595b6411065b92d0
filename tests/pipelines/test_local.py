"""The compiled graph executed on this machine: real images, every step a process, a registered model at the end."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from local_place import CONFIG, Place

from components.sample_data import sample

STEPS = [
    "ingest", "preprocess", "check", "tune-mobilenet_v2", "tune-vgg16", "select", "train", "evaluate", "gate",
    "report", "verify", "push", "notify",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("run"))
    sample.make(str(place.raw), subjects=40)
    broken = place.raw / "twemoji" / "objects" / "broken.jpg"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"<html>not found</html>")
    return place


@pytest.fixture(scope="module")
def first(place: Place) -> dict:
    return place.run()


@pytest.fixture(scope="module")
def second(place: Place, first: dict) -> dict:
    return place.run()


def test_every_step_runs_and_the_new_model_becomes_the_champion(place: Place, first: dict):
    assert first["status"] == "succeeded"
    assert sorted(first["seconds"]) == sorted(set(STEPS) - {"notify"})  # notify writes this while it runs
    assert first["verdict"] == "promote"
    champion = json.loads((place.data / "registry" / "champion.json").read_text())
    assert champion["version"] == 1


def test_the_summary_accounts_for_every_image(first: dict):
    counts = first["counts"]
    assert counts["images"] == 81
    assert sum(counts["admitted"].values()) + sum(counts["quarantined"].values()) + counts["duplicates"] == 81
    # The file that is no image, and one subject that both brands draw nearly alike.
    assert counts["quarantined"] == {"not_an_image": 1, "picture_conflict": 2}
    by_split = {label: sum(split[label] for split in counts["splits"].values()) for label in counts["admitted"]}
    assert by_split == counts["admitted"]


def test_the_summary_names_what_was_found(first: dict):
    best = first["best"]
    assert best["backbone"] in CONFIG["search"]["backbones"]
    assert best["unfrozen_stages"] in (0, 1)
    assert {"head_width", "dropout", "learning_rate"} <= set(best["hyperparameters"])
    low, high = first["test"]["balanced_accuracy_interval"]
    assert 0 <= low <= first["test"]["balanced_accuracy"] <= high <= 1
    assert Path(first["report_uri"]).read_text().lstrip().lower().startswith("<!doctype html>")
    assert (Path(first["model_uri"]) / "model.keras").is_file()


def test_what_the_libraries_print_is_in_one_log_per_step(place: Place, first: dict):
    logs = {path.stem for path in (place.data / "runs" / first["run_id"] / "logs").iterdir()}
    assert set(STEPS) <= logs


def test_a_second_run_decodes_searches_and_trains_nothing(place: Place, first: dict, second: dict):
    assert second["status"] == "succeeded"
    # check judges anew: there is a champion now, against whose snapshot it looks for drift.
    assert {"preprocess", "tune-mobilenet_v2", "tune-vgg16", "train"} <= set(second["reused"])
    assert second["snapshot_id"] == first["snapshot_id"]
    assert (second["best"], second["counts"]["new_images"]) == (first["best"], 0)


def test_a_second_run_keeps_the_champion_that_is_its_own_model(place: Place, first: dict, second: dict):
    assert second["verdict"] == "keep"
    assert json.loads((place.data / "registry" / "champion.json").read_text())["version"] == 1


def test_interrupted_runs_say_so_publish_nothing_half_and_end_as_if_undisturbed(
    tmp_path: Path, place: Place, first: dict
):
    elsewhere = Place(tmp_path)
    shutil.copytree(place.raw, elsewhere.raw)
    interrupt(elsewhere, "preprocess", signal.SIGINT)
    interrupt(elsewhere, "tune-mobilenet_v2", signal.SIGTERM)
    assert not (elsewhere.data / "registry").exists()
    end = elsewhere.run()
    assert (end["counts"]["splits"], end["counts"]["quarantined"]) == (
        first["counts"]["splits"],
        first["counts"]["quarantined"],
    )
    assert (end["snapshot_id"], end["best"], end["verdict"]) == (first["snapshot_id"], first["best"], "promote")


def interrupt(place: Place, step: str, number: signal.Signals) -> None:
    """Start a run, send the signal while the step works, and look at what it says."""
    before = set(place.data.glob("runs/*"))
    process = place.start()
    run = wait_for(place.data, step, process, before)
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Interrupted" in said
    assert json.loads((run / "summary.json").read_text())["status"] == "interrupted"


def wait_for(data: Path, step: str, process: subprocess.Popen[str], before: set[Path]) -> Path:
    """Until the step has started and worked for a moment; the run's folder."""
    deadline = time.monotonic() + 120
    while not (
        found := [run for run in data.glob("runs/*") if run not in before and (run / f"logs/{step}.log").exists()]
    ):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    return found[0]
