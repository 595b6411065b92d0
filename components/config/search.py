"""The search space of one backbone and its budget."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from components.config.feature_cache import FeatureCacheConfig
from components.config.section import Section

# The backbones that tuning/backbones.py declares. Named again here because this module must not import Keras;
# a test holds the two lists equal.
BackboneName = Literal[
    "vgg16", "xception", "inception_v3", "mobilenet_v2", "efficientnet_v2_b0", "resnet50_v2", "convnext_tiny"
]
ObjectiveName = Literal["balanced_accuracy", "macro_f1"]


class LearningRate(Section):
    """Bounds of the learning rate, sampled on a log scale."""

    min: float = Field(1e-4, gt=0, le=1)
    max: float = Field(1e-2, gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min:g}) is greater than max ({self.max:g})")
        return self


class SearchConfig(Section):
    """The search space and its budget, per backbone."""

    backbones: tuple[BackboneName, ...] = Field(("mobilenet_v2", "xception"), min_length=1)
    weights: str | dict[BackboneName, str] = "imagenet"  # "imagenet", "none" or a file; one for all or by backbone
    image_side_px: int | None = Field(None, ge=32, le=1024)  # None: the backbone's own, at most data.stored_side_px
    unfrozen_stages: tuple[int, ...] = Field((0, 1, 2), min_length=1)
    head_width: tuple[int, ...] = Field((0, 128), min_length=1)
    dropout: tuple[float, ...] = Field((0.0, 0.2, 0.4), min_length=1)
    learning_rate: LearningRate = LearningRate()
    trials: int = Field(10, ge=1, le=1000)
    epochs: int = Field(6, ge=1, le=1000)
    batch_size: int = Field(32, ge=1, le=4096)
    objective: ObjectiveName = "balanced_accuracy"
    features: FeatureCacheConfig = FeatureCacheConfig()

    @field_validator("backbones", "unfrozen_stages", "head_width", "dropout")
    @classmethod
    def _distinct(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) != len(values):
            raise ValueError(f"has a value twice: {list(values)}")
        return values

    @field_validator("unfrozen_stages", "head_width")
    @classmethod
    def _not_negative(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if min(values) < 0:
            raise ValueError(f"must be 0 or more, got {min(values)}")
        return values

    @field_validator("dropout")
    @classmethod
    def _below_one(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if min(values) < 0 or max(values) >= 1:
            raise ValueError(f"must lie in [0, 1), got {list(values)}")
        return values

    def weights_of(self, backbone: str) -> str:
        """The weights named for a backbone: "imagenet", "none" or a path."""
        if isinstance(self.weights, str):
            return self.weights
        return {str(name): path for name, path in self.weights.items()}.get(backbone, "imagenet")
