import json

import pytest

from components import runs
from components.tune.telling import Telling
from pipelines.board import Board


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The last event of a search that tells what it does."""
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.setenv(runs.RUN_FOLDER, str(tmp_path))

    def last(act):
        with runs.step("tune", str(tmp_path), item="vgg16") as record:
            act(Telling(record))
        lines = (tmp_path / "events.jsonl").read_text().splitlines()
        return json.loads(lines[-2])  # before the end

    return last


def test_while_features_are_computed_the_trial_its_best_and_the_time_left_are_still_those_of_the_search(told):
    def act(telling):
        telling.trial(1, 4, "unfrozen_stages 0", None)
        telling.trial(2, 4, "unfrozen_stages 1", 0.75)
        telling.images(50, 200)

    event = told(act)
    assert (event["done"], event["total"], event["unit"], event["best"]) == (1, 4, "trials", 0.75)
    assert event["left_s"] is not None
    row = Board().apply(event)
    assert row.detail(event["time"]).startswith("trial 2 of 4, best 0.750")
    assert row.detail(event["time"]).endswith("features of 50 of 200 images")


def test_before_the_first_trial_images_are_counted(told):
    event = told(lambda telling: telling.images(50, 200))
    assert (event["done"], event["total"], event["unit"]) == (50, 200, "images")
