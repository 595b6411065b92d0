"""gate: promote the challenger or keep the champion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import learned, runs, succession
from components.artifacts import Evaluation
from components.config import GatePolicy, parse
from components.gate.decision import decide


def run(evaluation_path: str, data_root: str, gate: Mapping[str, Any], verdict_path: str) -> str:
    """Decide, write the verdict and return its word: "promote" or "keep". Raises ConfigError for a wrong policy."""
    with runs.step("gate", data_root) as record:
        evaluation, policy = Evaluation.read(evaluation_path), parse(GatePolicy, gate, "gate")
        withdrawn = succession.why_withdrawn(data_root, evaluation.challenger.model_id)
        verdict = decide(evaluation, policy, withdrawn)
        verdict.write(verdict_path)
        if not verdict.promote:  # else there is more to do, which may fail: push says when it is done
            learned.mark(data_root, evaluation.snapshot_id, verdict.challenger_id)
        record.facts(verdict=verdict.word, reasons=list(verdict.reasons))
        return verdict.word
