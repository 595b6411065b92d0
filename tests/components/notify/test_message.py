from email import message_from_bytes

import pytest

from components.artifacts import Summary
from components.notify import message

SCORE = {"balanced_accuracy": 0.9, "balanced_accuracy_interval": [0.85, 0.9449]}
PROMOTED = Summary(
    run_id="r1", status="succeeded", verdict="promote", test=SCORE, reasons=("better by 0.020",),
    warnings=("a <brand> & co has 3 images",), report_uri="gs://b/report.html", model_uri="gs://b/model",
)  # fmt: skip
KEPT = PROMOTED.model_copy(update={"verdict": "keep"})
FAILED = Summary(run_id="r2", status="failed", error="train: no memory left. Lower train.batch_size.")
STOPPED = FAILED.model_copy(update={"status": "interrupted"})
NOTHING_NEW = Summary(run_id="r3", status="nothing new")


@pytest.mark.parametrize(
    ("summary", "occasions"),
    [
        (PROMOTED, {"promoted", "always"}),
        (KEPT, {"always"}),
        (FAILED, {"failed", "always"}),
        (STOPPED, {"failed", "always"}),
        (NOTHING_NEW, {"always"}),
        # A model that was to be promoted in a run that failed on the way is none.
        (PROMOTED.model_copy(update={"status": "failed"}), {"failed", "always"}),
    ],
)
def test_an_end_is_told_on_its_occasions_only(summary, occasions):
    assert {one for one in ("always", "failed", "promoted") if message.wanted(summary, (one,))} == occasions


def test_a_promotion_says_score_reasons_warnings_and_where_all_is():
    assert message.text(PROMOTED, "https://kf/r1").splitlines() == [
        "brandlens: a new model was promoted (run r1)",
        "Balanced accuracy 0.900 (95 % interval 0.850 to 0.945) on the test images.",
        "Why: better by 0.020",
        "Warning: a <brand> & co has 3 images",
        "Report: gs://b/report.html",
        "Model: gs://b/model",
        "Run: https://kf/r1",
    ]


def test_a_failure_says_the_error_and_what_to_do():
    assert message.text(FAILED, "").splitlines() == [
        "brandlens: failed (run r2)",
        "train: no memory left. Lower train.batch_size.",
        "Next: correct it and start the run again; it goes on from what is finished.",
    ]


@pytest.mark.parametrize(
    ("summary", "said"), [(KEPT, "the champion was kept"), (NOTHING_NEW, "nothing new"), (STOPPED, "interrupted")]
)
def test_the_headline_says_how_it_ended(summary, said):
    assert message.headline(summary) == f"brandlens: {said} (run {summary.run_id})"


def test_many_warnings_and_a_long_error_are_cut():
    summary = FAILED.model_copy(update={"error": "x" * 9000, "warnings": tuple("abcdefg")})
    text = message.text(summary, "")
    assert "2 more warnings in the report." in text
    assert "Warning: e" in text
    assert "Warning: f" not in text
    assert len(text) < 2000


def test_slack_reads_brackets_as_brackets():
    assert "a &lt;brand&gt; &amp; co" in message.payload(PROMOTED, "slack", "")["text"]


def test_as_json_it_is_the_summary_and_its_link():
    sent = message.payload(PROMOTED, "json", "https://kf/r1")
    assert sent.pop("link") == "https://kf/r1"
    assert Summary.model_validate(sent) == PROMOTED


def test_an_email_has_subject_recipients_and_the_text():
    mail = message_from_bytes(message.email(FAILED.model_copy(update={"error": "größer"}), "", ("a@b.c", "d@e.f")))
    assert (mail["Subject"], mail["To"]) == ("brandlens: failed (run r2)", "a@b.c, d@e.f")
    assert "größer" in mail.get_payload(decode=True).decode("utf-8")


def test_a_run_that_held_gpus_says_what_they_cost_and_a_stopped_one_where_its_data_is_drawn():
    run = FAILED.model_copy(update={"gpu_hours": 2.5, "cost": 1.776, "data_report_uri": "gs://b/data-report.html"})
    assert message.text(run, "").splitlines()[-2:] == [
        "GPU-hours: 2.50, 1.78 at the profile's price",
        "Data report: gs://b/data-report.html",
    ]
    unpriced = run.model_copy(update={"cost": None})
    assert "GPU-hours: 2.50" in message.text(unpriced, "").splitlines()
