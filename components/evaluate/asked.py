"""What a model is asked in an evaluation, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.artifacts import Answered, RegisteredModel, Snapshot, TrainedModel
from components.config.feature_cache import FeatureCacheConfig
from tuning import backbones
from tuning.backbones import Backbone
from tuning.model import Hyperparameters


@dataclass(frozen=True)
class Asked:
    """Every image of a split."""

    snapshot: Snapshot
    model: TrainedModel | RegisteredModel
    split: str
    data_root: str
    features: FeatureCacheConfig  # whether stored features may be read for it, and how they are stored

    @property
    def images(self) -> int:
        """How many there are."""
        return sum(self.snapshot.counts[self.split].values())

    @property
    def backbone(self) -> Backbone:
        """The model's."""
        return backbones.get(self.model.backbone)

    @property
    def point(self) -> Hyperparameters:
        """The model's hyperparameters."""
        return Hyperparameters(**self.model.hyperparameters.model_dump())


@dataclass(frozen=True)
class Answers:
    """ids: (n,). probabilities: (n, classes) in the order of the model's labels. answered: how they were had."""

    ids: tuple[str, ...]
    probabilities: np.ndarray
    answered: Answered
