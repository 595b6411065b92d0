"""One run as people and scripts read it."""

from __future__ import annotations

from pydantic import Field, JsonValue

from components.artifacts.pointer import Pointer


class Summary(Pointer):
    """One run, for people and for scripts (summary.json). Fields are None where the run did not get that far."""

    run_id: str
    status: str  # "succeeded", "failed", "interrupted" or "nothing new"
    snapshot_id: str | None = None
    counts: dict[str, JsonValue] = Field(default_factory=dict)  # admitted, splits, quarantined, duplicates
    best: dict[str, JsonValue] | None = None  # backbone, unfrozen_stages, hyperparameters, score
    test: dict[str, JsonValue] | None = None  # balanced_accuracy, interval, macro_f1, accuracy, majority_accuracy
    verdict: str | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    model_uri: str | None = None
    report_uri: str | None = None
    data_report_uri: str | None = None  # written before a run stops for its data
    seconds: dict[str, float] = Field(default_factory=dict)  # step -> wall time
    gpu_hours: float = 0.0  # of this run's steps: their time by the number of GPUs that they held
    cost: float | None = None  # of these hours, in the profile's currency; None: the profile names no price
    reused: tuple[str, ...] = ()  # steps whose published result was found and not computed again
    error: str | None = None
