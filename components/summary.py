"""One run, summed up from the records that its steps left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from components.artifacts import Summary
from components.runs import StepRecord

INTERRUPTED = ("CANCELED", "CANCELLED", "CANCELING", "CANCELLING", "INTERRUPTED")
SUCCEEDED = ("SUCCEEDED", "SUCCESS")
LISTED = ("images", "new_images", "removed_images", "taken_down_images", "removed_from")
TEST_FIGURES = ("balanced_accuracy", "balanced_accuracy_interval", "macro_f1", "accuracy", "majority_accuracy")


def summarise(run_id: str, records: Sequence[StepRecord], state: str, error: str | None) -> Summary:
    """Assemble the summary; fields whose step did not run stay empty.

    state: how the run ended, in Kubeflow's words ("SUCCEEDED", "FAILED", "CANCELLED" ...), any case. error: what the
    runner knows; a failed step's own words are preferred, for a runner only knows that something failed.
    """
    facts = _Facts(records)
    failed = [record for record in records if record.status == "failed"]
    status = _status(facts, failed, state)
    test = {key: facts.get("evaluate", key) for key in TEST_FIGURES}
    return Summary(
        run_id=run_id,
        status=status,
        snapshot_id=facts.text("preprocess", "snapshot_id"),
        counts=_counts(facts),
        best=facts.of("select") or None,
        test=test if facts.of("evaluate") else None,
        verdict=facts.text("gate", "verdict"),
        reasons=facts.texts("gate", "reasons"),
        warnings=facts.texts("check", "warnings"),
        model_uri=facts.text("push", "model_uri") or facts.text("train", "model_uri"),
        report_uri=facts.text("report", "report_uri"),
        data_report_uri=facts.text("check", "data_report_uri"),
        seconds={_name(record): record.seconds for record in records},
        gpu_hours=round(sum(record.gpu_hours for record in records), 4),
        cost=_cost(records),
        reused=tuple(_name(record) for record in records if record.reused),
        error=_error(failed, error) if status in ("failed", "interrupted") else None,
    )


class _Facts:
    """The facts of the steps that have no loop around them."""

    def __init__(self, records: Sequence[StepRecord]) -> None:
        self._by_step = {record.step: record.facts for record in records if not record.item}

    def of(self, step: str) -> dict[str, JsonValue]:
        return self._by_step.get(step, {})

    def get(self, step: str, key: str) -> JsonValue:
        return self.of(step).get(key)

    def text(self, step: str, key: str) -> str | None:
        value = self.get(step, key)
        return str(value) if value else None

    def texts(self, step: str, key: str) -> tuple[str, ...]:
        value: Any = self.get(step, key)
        return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _status(facts: _Facts, failed: Sequence[StepRecord], state: str) -> str:
    if state.upper() in INTERRUPTED:
        return "interrupted"
    # A runner's "succeeded" is not believed against a step that says it failed.
    if failed or state.upper() not in SUCCEEDED:
        return "failed"
    return "nothing new" if facts.get("ingest", "listing_uri") == "" else "succeeded"


def _counts(facts: _Facts) -> dict[str, JsonValue]:
    """images: in the raw folder. admitted: label -> images over all splits. splits: split -> label -> images."""
    counts: dict[str, JsonValue] = {key: facts.get("ingest", key) for key in LISTED if key in facts.of("ingest")}
    splits: Any = facts.get("preprocess", "counts")
    if isinstance(splits, dict):
        labels = dict.fromkeys(label for by_label in splits.values() for label in by_label)
        counts["admitted"] = {label: sum(by_label.get(label, 0) for by_label in splits.values()) for label in labels}
        counts["splits"] = splits
    for key in ("quarantined", "duplicates"):
        if key in facts.of("preprocess"):
            counts[key] = facts.get("preprocess", key)
    return counts


def _cost(records: Sequence[StepRecord]) -> float | None:
    costs = [record.cost for record in records if record.cost is not None]
    return round(sum(costs), 2) if costs else None


def _name(record: StepRecord) -> str:
    return f"{record.step}-{record.item}" if record.item else record.step


def _error(failed: Sequence[StepRecord], error: str | None) -> str | None:
    texts = [f"{_name(record)}: {record.error}" for record in failed if record.error]
    return "\n".join(texts) or error or None
