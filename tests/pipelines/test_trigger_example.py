"""examples/trigger in Google's own framework, told by HTTP as Eventarc does."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

MAIN = Path(__file__).parents[2] / "examples" / "trigger" / "main.py"


@pytest.fixture
def function(kfp, tmp_path, monkeypatch):
    """(age in seconds, **data) -> the status with which the function answers."""
    import functions_framework

    values = {
        "platform": "kubeflow", "raw": "gs://b/raw", "data_root": str(tmp_path), "server": {"endpoint": kfp.endpoint},
    }  # fmt: skip
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(values))
    monkeypatch.setenv("PROFILE", str(tmp_path / "mine.yaml"))
    monkeypatch.delenv("CONFIG", raising=False)
    client = functions_framework.create_app("images_arrived", str(MAIN), "cloudevent").test_client()

    def deliver(age_s, **data):
        happened = datetime.now(timezone.utc) - timedelta(seconds=age_s)
        head = {
            "ce-id": "1", "ce-source": "//storage", "ce-specversion": "1.0",
            "ce-time": f"{happened:%Y-%m-%dT%H:%M:%S.%fZ}",
            "ce-type": "google.cloud.storage.object.v1.finalized",
        }  # fmt: skip
        return client.post("/", json=data, headers=head).status_code

    return deliver


def test_an_image_starts_a_run_and_a_hundred_more_start_no_other(kfp, function):
    statuses = {function(600 + second, bucket="b", name=f"raw/acme/{second}.jpg") for second in range(100)}
    assert statuses == {200}
    assert len(kfp.state.runs) == 1


def test_too_early_is_an_error_so_that_the_event_comes_again(kfp, function):
    assert function(1, bucket="b", name="raw/acme/1.jpg") == 500
    assert kfp.state.runs == {}


def test_what_a_run_writes_starts_no_run(kfp, function):
    assert function(600, bucket="b", name="root/runs/r1/summary.json") == 200
    assert kfp.state.runs == {}


def test_the_page_shows_the_function_as_it_is():
    page = (MAIN.parents[2] / "docs" / "schedules.md").read_text()
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert shown in MAIN.read_text()
