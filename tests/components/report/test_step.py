import dataclasses

import pytest

from components import manifest, rates, runs
from components.report import step


@pytest.fixture
def report(make_content, tmp_path, monkeypatch):
    """(run id, price of a GPU's hour) -> the page of a run whose training took an hour by its record."""

    def call(run_id, price=2.0):
        uri = str(tmp_path / "manifest")
        manifest.write_rows(uri, [])
        whole = make_content()
        content = dataclasses.replace(whole, snapshot=whole.snapshot.model_copy(update={"manifest_uri": uri}))
        paths = [str(tmp_path / f"{name}.json") for name in NAMES]
        for name, path in zip(NAMES, paths, strict=True):
            getattr(content, name).write(path)
        monkeypatch.setenv(runs.RUN_ID, run_id)
        monkeypatch.setenv(rates.VARIABLE, f'{{"gpus": {{"train": 1}}, "price_per_gpu_hour": {price}}}')
        trained = runs.StepRecord(step="train", item="", status="succeeded", seconds=3600, reused=False, facts={})
        record = tmp_path / "root" / "runs" / run_id / "steps" / "train.json"
        record.parent.mkdir(parents=True)
        record.write_text(trained.model_dump_json())
        step.run(*paths, str(tmp_path / "root"), str(tmp_path / "page.html"))
        return (tmp_path / "page.html").read_text()

    return call


NAMES = ("snapshot", "findings", "selection", "model", "evaluation", "verdict")


def drawn(tmp_path, run_id):
    (record,) = [one for one in runs.read_records(str(tmp_path / "root"), run_id) if one.step == "report"]
    return not record.reused


def test_the_page_says_what_this_runs_work_took_and_lies_beside_its_records(report, tmp_path):
    page = report("run-1")
    assert "<strong>1.00 GPU-hours</strong> for about <strong>2.00</strong>" in page
    assert (tmp_path / "root" / "runs" / "run-1" / "report.html").read_text() == page


def test_a_run_that_finds_everything_made_before_gets_the_page_that_was_drawn_then(report, tmp_path):
    assert report("run-1") == report("run-2")
    assert (drawn(tmp_path, "run-1"), drawn(tmp_path, "run-2")) == (True, False)


def test_another_price_is_another_page(report):
    assert "for about <strong>3.00</strong>" in (report("run-1"), report("run-2", price=3.0))[1]
