"""The compiled graph with two workers for a backbone, executed on this machine."""

import json
from pathlib import Path

import pytest
import yaml
from local_place import CONFIG, Place

from components.sample_data import sample

SEARCH = {**CONFIG["search"], "backbones": ["vgg16"], "trials": 3, "workers_per_backbone": 2}
TASKS = ("tune-vgg16-1of2", "tune-vgg16-2of2")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("workers"))
    sample.make(str(place.raw), subjects=40)
    place.config.write_text(yaml.safe_dump({**CONFIG, "search": SEARCH}))
    return place


@pytest.fixture(scope="module")
def summary(place: Place) -> dict:
    return place.run()


@pytest.fixture(scope="module")
def folder(place: Place, summary: dict) -> Path:
    return place.data / "runs" / summary["run_id"]


def test_each_worker_is_a_step_of_the_run_with_its_own_record_and_log(summary: dict, folder: Path):
    assert summary["status"] == "succeeded"
    assert [name for name in sorted(summary["seconds"]) if name.startswith("tune")] == list(TASKS)
    records = [json.loads((folder / "steps" / f"{task}.json").read_text()) for task in TASKS]
    assert [record["facts"]["trials"] for record in records] == [2, 1]
    assert all((folder / "logs" / f"{task}.log").exists() for task in TASKS)
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert {(event["item"], event["total"]) for event in told if event.get("unit") == "trials"} == {
        ("vgg16-1of2", 2), ("vgg16-2of2", 1),
    }  # fmt: skip


def test_the_best_of_both_is_trained_and_the_report_says_who_tried_what(summary: dict, folder: Path):
    records = [json.loads((folder / "steps" / f"{task}.json").read_text()) for task in TASKS]
    assert summary["best"]["score"] == max(record["facts"]["best_score"] for record in records)
    report = (folder / "report.html").read_text()
    assert "3 trials over 1 network." in report
    assert "search of vgg16, worker 2 of 2" in report


def test_a_second_run_finds_every_workers_search(place: Place, summary: dict):
    assert set(TASKS) <= set(place.run()["reused"])
