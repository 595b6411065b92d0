"""Which models are registered, and which is served."""

from __future__ import annotations

from typing import Literal

from components.artifacts.learning import FrozenPart, Hyperparameters, WeightsInfo
from components.artifacts.pointer import Pointer


class RegisteredModel(Pointer):
    """A version in the registry (version.json)."""

    version: int
    model_id: str
    uri: str  # folder with model.keras and saved_model/
    snapshot_id: str
    labels: tuple[str, ...]
    backbone: str
    weights: WeightsInfo
    image_side_px: int
    hyperparameters: Hyperparameters
    frozen: FrozenPart | None = None  # None: the model is older than this field
    registered_at: str  # ISO 8601, UTC
    test_balanced_accuracy: float | None = None  # when it was promoted; None if it was registered without a score


How = Literal["promoted", "by hand", "rolled back"]  # by a run; by a person


class Reign(Pointer):
    """A time in which a version was served."""

    version: int
    model_id: str
    since: str  # ISO 8601, UTC
    how: How


class Champion(RegisteredModel):
    """The version that is served, with all that were before it (champion.json): one file, so that they agree."""

    reigns: tuple[Reign, ...] = ()  # oldest first; the last one is this version's


class Promotion(Pointer):
    """A version in the registry that the champion pointer names (promotion.json)."""

    version: int
    model_id: str
    uri: str  # folder of the registered copy
