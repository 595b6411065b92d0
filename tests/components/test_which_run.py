import json
import sys

import pytest

from components import which_run


def test_on_vertex_a_step_knows_its_run_by_the_place_to_write_to(monkeypatch: pytest.MonkeyPatch):
    place = "/gcs/bucket/some/root/186556260430/training-20240314011708/train_-59/executor_output.json"
    told = json.dumps({"outputs": {"outputFile": place}})
    monkeypatch.setattr(sys, "argv", ["executor_main.py", "--executor_input", told, "--function_to_execute", "train"])
    monkeypatch.delenv(which_run.RUN_ID, raising=False)
    assert which_run.run_id() == "training-20240314011708"
    monkeypatch.setenv(which_run.RUN_ID, "told")
    assert which_run.run_id() == "told"


@pytest.mark.parametrize(
    ("labels", "known"),
    [
        ('{"brandlens-run": "night-1", "team": "vision"}', "night-1"),
        ('{"team": "vision"}', None),
        ("[]", None),
        ("{", None),
        ("", None),
    ],
)
def test_on_vertex_a_step_knows_its_run_by_the_label_of_our_submission(monkeypatch: pytest.MonkeyPatch, labels, known):
    monkeypatch.delenv(which_run.RUN_ID, raising=False)
    monkeypatch.setenv(which_run.VERTEX_LABELS, labels)
    assert which_run.run_id() == known


@pytest.mark.parametrize(
    "place", ["/tmp/kfp_outputs/output_metadata.json", "/data/root/12/run/train/executor_output.json"]
)
def test_elsewhere_the_place_to_write_to_is_no_run(monkeypatch: pytest.MonkeyPatch, place: str):
    monkeypatch.setattr(sys, "argv", ["executor_main.py", "--executor_input", json.dumps({"outputFile": place})])
    monkeypatch.delenv(which_run.RUN_ID, raising=False)
    assert which_run.run_id() is None
