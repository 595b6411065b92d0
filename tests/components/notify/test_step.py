import json
import sys

import pytest

from components import runs
from components.artifacts import Summary
from components.notify.settings import VARIABLE, Notification
from components.notify.step import run


@pytest.fixture(autouse=True)
def _told_nothing(monkeypatch):
    monkeypatch.delenv(runs.RUN_ID, raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def told(monkeypatch):
    """(**notification) -> what notify finds in its environment."""

    def tell(**notification):
        monkeypatch.setenv(VARIABLE, Notification(**notification).model_dump_json())

    return tell


def test_the_summary_of_the_runs_records_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    with runs.step("gate", str(tmp_path)) as record:
        record.facts(verdict="keep", reasons=["too low"])
    run(str(tmp_path), "other", "SUCCEEDED", "")
    summary = Summary.read(str(tmp_path / "runs" / "r1" / "summary.json"))
    assert (summary.run_id, summary.status, summary.verdict) == ("r1", "succeeded", "keep")


def test_outside_a_local_run_the_runners_id_counts(tmp_path):
    run(str(tmp_path), "job-7", "FAILED", "out of memory")
    summary = Summary.read(str(tmp_path / "runs" / "job-7" / "summary.json"))
    assert (summary.status, summary.error) == ("failed", "out of memory")


@pytest.mark.parametrize("damage", ["a record that is no JSON", "a data root that is a file"])
def test_a_summary_that_cannot_be_made_does_not_fail_the_run_and_somebody_hears_of_it(
    tmp_path, capfd, damage, webhook, told, monkeypatch
):
    steps = tmp_path / "runs" / "r2" / "steps"
    steps.mkdir(parents=True)
    (steps / "gate.json").write_text("{")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WEBHOOK", webhook.url)
    told(webhook_env="WEBHOOK", when=["always"])
    run(str(tmp_path / "file" if "file" in damage else tmp_path), "r2", "SUCCEEDED", "")
    assert "Error" in capfd.readouterr().err
    ((_, _, body),) = webhook.received
    assert "Warning: The summary could not be made:" in body["text"]


def test_a_failure_is_told_to_webhook_and_command_with_the_link(tmp_path, monkeypatch, webhook, told, capfd):
    monkeypatch.setenv("WEBHOOK", webhook.url)
    keep = f"import sys; open({str(tmp_path / 'mail')!r}, 'w').write(sys.stdin.read())"
    told(webhook_env="WEBHOOK", command=(sys.executable, "-c", keep), to=["a@b.c"], link="https://kf/{run}")
    run(str(tmp_path), "r3", "FAILED", "no memory")
    ((_, _, body),) = webhook.received
    assert body["text"].splitlines()[:2] == ["brandlens: failed (run r3)", "no memory"]
    assert "https://kf/r3" in body["text"]
    assert (tmp_path / "mail").read_text().startswith("Subject: brandlens: failed (run r3)\nTo: a@b.c\n")
    said = capfd.readouterr()
    assert "notification by webhook: delivered" in said.err
    finished = json.loads(said.out.splitlines()[-1])
    assert finished["facts"]["notified"] == {"webhook": "delivered", "command": "delivered"}


def test_a_success_that_nobody_asked_for_is_not_told(tmp_path, monkeypatch, webhook, told):
    monkeypatch.setenv("WEBHOOK", webhook.url)
    told(webhook_env="WEBHOOK")
    run(str(tmp_path), "r4", "SUCCEEDED", "")
    assert webhook.received == []


def test_a_webhook_that_fails_does_not_fail_the_run_nor_keep_the_command_from_running(
    tmp_path, monkeypatch, webhook, told, capfd
):
    webhook.statuses = [404]
    monkeypatch.setenv("WEBHOOK", webhook.url)
    told(webhook_env="WEBHOOK", command=["true"])
    run(str(tmp_path), "r5", "FAILED", "")
    said = capfd.readouterr()
    assert "notification by webhook: The webhook at 127.0.0.1 answered 404" in said.err
    assert "notification by command: delivered" in said.err
    assert "s3cret" not in said.err + said.out
    assert Summary.read(str(tmp_path / "runs" / "r5" / "summary.json")).status == "failed"


def test_settings_that_cannot_be_read_do_not_fail_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "{")
    run(str(tmp_path), "r6", "SUCCEEDED", "")
    assert (tmp_path / "runs" / "r6" / "summary.json").is_file()
