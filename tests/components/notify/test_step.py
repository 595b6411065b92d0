import pytest

from components import runs
from components.artifacts import Summary
from components.notify.step import run


def test_the_summary_of_the_runs_records_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    with runs.step("gate", str(tmp_path)) as record:
        record.facts(verdict="keep", reasons=["too low"])
    run(str(tmp_path), "other", "SUCCEEDED", "")
    summary = Summary.read(str(tmp_path / "runs" / "r1" / "summary.json"))
    assert (summary.run_id, summary.status, summary.verdict) == ("r1", "succeeded", "keep")


def test_outside_a_local_run_the_runners_id_counts(tmp_path, monkeypatch):
    monkeypatch.delenv(runs.RUN_ID, raising=False)
    run(str(tmp_path), "job-7", "FAILED", "out of memory")
    summary = Summary.read(str(tmp_path / "runs" / "job-7" / "summary.json"))
    assert (summary.status, summary.error) == ("failed", "out of memory")


@pytest.mark.parametrize("damage", ["a record that is no JSON", "a data root that is a file"])
def test_a_summary_that_cannot_be_made_does_not_fail_the_run(tmp_path, capfd, damage):
    steps = tmp_path / "runs" / "r2" / "steps"
    steps.mkdir(parents=True)
    (steps / "gate.json").write_text("{")
    (tmp_path / "file").write_text("")
    run(str(tmp_path / "file" if "file" in damage else tmp_path), "r2", "SUCCEEDED", "")
    assert "Error" in capfd.readouterr().err
