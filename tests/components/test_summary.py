import pytest

from components.runs import StepRecord
from components.summary import summarise


def record(step, item="", status="succeeded", reused=False, error=None, **facts):
    return StepRecord(step=step, item=item, status=status, seconds=2.0, reused=reused, facts=facts, error=error)


RECORDS = [
    record("ingest", images=30, new_images=10, removed_images=1, listing_uri="/data/listing.json"),
    record(
        "preprocess", reused=True, snapshot_id="snap", duplicates=2, quarantined={"truncated": 3},
        counts={"train": {"acme": 10, "zeta": 8}, "test": {"acme": 4, "zeta": 3}},
    ),
    record("check", warnings=["few images"], data_report_uri="/data/data-report.html"),
    record("tune", item="vgg16", trials=4, best_score=0.8),
    record("select", backbone="vgg16", unfrozen_stages=1, hyperparameters={"dropout": 0.2}, score=0.8),
    record("train", model_id="m", model_uri="/data/train/m", epochs=4),
    record("evaluate", balanced_accuracy=0.8, balanced_accuracy_interval=[0.7, 0.9], macro_f1=0.75, accuracy=0.85,
           majority_accuracy=0.5, champion_id=None),
    record("gate", verdict="promote", reasons=["good enough"]),
    record("report", report_uri="/data/report.html"),
    record("push", version=1, model_uri="/data/registry/versions/000001"),
]  # fmt: skip


@pytest.fixture
def summary():
    return summarise("run", RECORDS, "SUCCEEDED", None)


def test_a_run_whose_steps_all_succeeded_succeeded(summary):
    assert summary.status == "succeeded"
    assert summary.error is None


def test_counts_are_added_up_over_the_splits(summary):
    assert summary.counts == {
        "images": 30, "new_images": 10, "removed_images": 1,
        "admitted": {"acme": 14, "zeta": 11},
        "splits": {"train": {"acme": 10, "zeta": 8}, "test": {"acme": 4, "zeta": 3}},
        "quarantined": {"truncated": 3}, "duplicates": 2,
    }  # fmt: skip


def test_a_summary_says_from_which_increments_images_were_taken():
    records = [record("ingest", images=3, taken_down_images=1, removed_from={"i1": 1})]
    assert summarise("run", records, "SUCCEEDED", None).counts == {
        "images": 3, "taken_down_images": 1, "removed_from": {"i1": 1},
    }  # fmt: skip


def test_the_figures_of_each_step_are_found_in_their_place(summary):
    assert summary.snapshot_id == "snap"
    assert summary.best == {
        "backbone": "vgg16", "unfrozen_stages": 1, "hyperparameters": {"dropout": 0.2}, "score": 0.8,
    }  # fmt: skip
    assert summary.test["balanced_accuracy_interval"] == [0.7, 0.9]
    assert "champion_id" not in summary.test
    assert (summary.verdict, summary.reasons, summary.warnings) == ("promote", ("good enough",), ("few images",))
    assert (summary.report_uri, summary.data_report_uri) == ("/data/report.html", "/data/data-report.html")


def test_a_promoted_model_is_named_by_its_place_in_the_registry(summary):
    assert summary.model_uri == "/data/registry/versions/000001"


def test_a_model_that_was_kept_out_is_named_by_the_place_of_its_training():
    assert summarise("run", RECORDS[:-1], "SUCCEEDED", None).model_uri == "/data/train/m"


def test_steps_of_a_loop_are_told_apart(summary):
    assert summary.seconds["tune-vgg16"] == 2.0
    assert summary.reused == ("preprocess",)


def test_a_run_that_found_too_few_images_has_nothing_new():
    ended = summarise("run", [record("ingest", images=5, new_images=0, listing_uri="")], "SUCCEEDED", None)
    assert ended.status == "nothing new"
    assert (ended.verdict, ended.best, ended.test) == (None, None, None)


def test_a_runners_success_is_not_believed_against_a_failed_step():
    failed = [*RECORDS[:2], record("check", status="failed", error="2 brands are too small")]
    ended = summarise("run", failed, "SUCCEEDED", None)
    assert (ended.status, ended.error) == ("failed", "check: 2 brands are too small")


def test_a_failed_steps_words_are_preferred_to_the_runners():
    ended = summarise("run", [record("ingest", status="failed", error="no images")], "FAILED", "task failed")
    assert ended.error == "ingest: no images"


def test_without_any_record_the_runners_words_are_kept():
    ended = summarise("run", [], "FAILED", "the pod was evicted")
    assert (ended.status, ended.error) == ("failed", "the pod was evicted")


@pytest.mark.parametrize("state", ["CANCELLED", "cancelled", "Interrupted"])
def test_a_cancelled_run_was_interrupted_not_failed(state):
    ended = summarise("run", [record("train", status="failed", error="KeyboardInterrupt: ")], state, None)
    assert ended.status == "interrupted"


def test_a_state_that_nobody_knows_is_no_success():
    assert summarise("run", RECORDS, "UNKNOWN", None).status == "failed"


def test_what_the_steps_gpus_cost_is_added_up_also_of_a_run_that_failed():
    records = [
        record("tune", item="vgg16").model_copy(update={"gpu_hours": 1.5, "cost": 3.0}),
        record("train", status="failed", error="no").model_copy(update={"gpu_hours": 0.25, "cost": 0.5}),
        record("check"),
    ]
    found = summarise("run", records, "FAILED", None)
    assert (found.gpu_hours, found.cost) == (1.75, 3.5)


def test_without_a_price_nothing_is_said_of_cost(summary):
    assert (summary.gpu_hours, summary.cost) == (0.0, None)
