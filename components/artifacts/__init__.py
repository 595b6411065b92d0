"""The small pointer files by which steps meet: they carry digests and figures, never big data.

Every class here is one JSON file. Fractions lie in [0, 1]; seconds are wall time of the work itself.
"""

from components.artifacts.data import Increment, Listing, Snapshot
from components.artifacts.findings import Drift, Finding, Findings, NewDrift, NumberDrift, Severity, ShareDrift
from components.artifacts.judgement import (
    Answered,
    ClassScore,
    Evaluation,
    Example,
    Examples,
    ModelScore,
    SourceScore,
    Verdict,
    Verification,
)
from components.artifacts.learning import (
    Epoch,
    FeatureUse,
    FrozenPart,
    Hyperparameters,
    SearchResult,
    Selection,
    TrainedHead,
    TrainedModel,
    Trial,
    WeightsInfo,
)
from components.artifacts.pointer import Pointer
from components.artifacts.service import Champion, How, Promotion, RegisteredModel, Reign
from components.artifacts.summary import Summary

SPLITS = ("train", "validation", "test")

__all__ = [
    "SPLITS",
    "Answered",
    "Champion",
    "ClassScore",
    "Drift",
    "Epoch",
    "Evaluation",
    "Example",
    "Examples",
    "FeatureUse",
    "Finding",
    "Findings",
    "FrozenPart",
    "How",
    "Hyperparameters",
    "Increment",
    "Listing",
    "ModelScore",
    "NewDrift",
    "NumberDrift",
    "Pointer",
    "Promotion",
    "RegisteredModel",
    "Reign",
    "SearchResult",
    "Selection",
    "Severity",
    "ShareDrift",
    "Snapshot",
    "SourceScore",
    "Summary",
    "TrainedHead",
    "TrainedModel",
    "Trial",
    "Verdict",
    "Verification",
    "WeightsInfo",
]
