"""The search space of one backbone and its budget."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from components import workers
from components.config.feature_cache import FeatureCacheConfig
from components.config.section import Section
from components.workers import Worker

# The backbones that tuning/backbones.py declares. Named again here because this module must not import Keras;
# a test holds the two lists equal.
BackboneName = Literal[
    "vgg16", "xception", "inception_v3", "mobilenet_v2", "efficientnet_v2_b0", "resnet50_v2", "convnext_tiny"
]
Side = Annotated[int, Field(ge=32, le=1024)]
ObjectiveName = Literal["balanced_accuracy", "macro_f1"]
# light and strong mirror left and right; name the others if the brand's lettering is its signature.
AugmentationName = Literal["none", "light", "strong", "light_unmirrored", "strong_unmirrored"]


class LearningRate(Section):
    """Bounds of the learning rate, sampled on a log scale."""

    min: float = Field(1e-4, gt=0, le=1)
    max: float = Field(1e-2, gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min:g}) is greater than max ({self.max:g})")
        return self


class Halving(Section):
    """When hopeless trials are stopped: at each rung one in `factor` goes on. tuning/halving.py has the rule."""

    enabled: bool = True
    factor: int = Field(3, ge=2, le=10)
    min_epochs: int = Field(2, ge=1)  # the first rung; the others follow by factor


class SearchConfig(Section):
    """The search space and its budget, per backbone. A list of one value fixes it."""

    backbones: tuple[BackboneName, ...] = Field(("mobilenet_v2", "xception"), min_length=1)
    weights: str | dict[BackboneName, str] = "imagenet"  # "imagenet", "none" or a file; one for all or by backbone
    # One side or several to choose from. None: the backbone's own, at most data.stored_side_px.
    image_side_px: Side | tuple[Side, ...] | None = None
    # "spread": none, a quarter, a half and all of the backbone's stages.
    unfrozen_stages: Literal["spread"] | tuple[int, ...] = "spread"
    pooling: tuple[Literal["avg", "max", "avg+max"], ...] = Field(("avg", "avg+max"), min_length=1)
    head_width: tuple[int, ...] = Field((0, 128), min_length=1)  # units of the hidden layer; 0: none
    dropout: tuple[float, ...] = Field((0.0, 0.2, 0.4), min_length=1)
    optimizer: tuple[Literal["adamw", "sgd"], ...] = Field(("adamw",), min_length=1)
    learning_rate: LearningRate = LearningRate()  # AdamW's, at the peak: a warm-up leads there, a cosine away
    sgd_learning_rate: LearningRate = LearningRate(min=1e-3, max=1e-1)  # SGD's, with momentum
    backbone_rate: tuple[float, ...] = Field((0.01, 0.03, 0.1, 0.3), min_length=1)  # unfrozen stages' share of the rate
    weight_decay: tuple[float, ...] = Field((0.0, 0.05), min_length=1)
    label_smoothing: tuple[float, ...] = Field((0.0, 0.1), min_length=1)
    balancing: tuple[Literal["none", "class_weights", "sampling"], ...] = Field(("class_weights",), min_length=1)
    augmentation: tuple[AugmentationName, ...] = Field(("none", "light"), min_length=1)  # the weaker first
    mixup: tuple[float, ...] = Field((0.0,), min_length=1)  # parameter of the Beta distribution; 0.2 is usual, 0: off
    oracle: Literal["bayesian", "random", "hyperband"] = "bayesian"
    trials: int = Field(10, ge=1, le=1000)
    # Tasks that divide a backbone's trials, each on a node of its own. The profile's parallel_searches is how many of
    # all tasks run at a time.
    workers_per_backbone: int = Field(1, ge=1, le=64)
    epochs: int = Field(6, ge=1, le=1000)
    batch_size: int = Field(32, ge=1, le=4096)
    halving: Halving = Halving()
    # Optimiser steps that a head needs. A head-only trial takes as many, in several passes over the images an epoch if
    # one is too few, and so does its final training. With fewer, deep trials and their final training begin with a head
    # that such a trial has trained.
    head_steps: int = Field(400, ge=0)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"  # auto: by what the hardware is fast at
    objective: ObjectiveName = "balanced_accuracy"
    features: FeatureCacheConfig = FeatureCacheConfig()

    @field_validator(
        "backbones", "image_side_px", "unfrozen_stages", "pooling", "head_width", "dropout", "optimizer",
        "backbone_rate", "weight_decay", "label_smoothing", "balancing", "augmentation", "mixup",
    )  # fmt: skip
    @classmethod
    def _distinct(cls, values: Any) -> Any:
        if isinstance(values, tuple) and len(set(values)) != len(values):
            raise ValueError(f"has a value twice: {list(values)}")
        if values == ():
            raise ValueError("must have at least one value")
        return values

    @field_validator("unfrozen_stages", "head_width", "backbone_rate", "weight_decay", "mixup")
    @classmethod
    def _not_negative(cls, values: Any) -> Any:
        if values != "spread" and min(values) < 0:
            raise ValueError(f"must be 0 or more, got {min(values)}")
        return values

    @field_validator("dropout", "label_smoothing")
    @classmethod
    def _below_one(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if min(values) < 0 or max(values) >= 1:
            raise ValueError(f"must lie in [0, 1), got {list(values)}")
        return values

    @model_validator(mode="after")
    def _work_for_all(self) -> Self:
        if self.workers_per_backbone > self.trials:
            raise ValueError(
                f"workers_per_backbone ({self.workers_per_backbone}) is greater than trials ({self.trials}): "
                "a worker would have nothing to try"
            )
        return self

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The tasks of the search, backbone by backbone."""
        count = self.workers_per_backbone
        return tuple(worker for backbone in self.backbones for worker in workers.of_backbone(backbone, count))

    @property
    def sides_px(self) -> tuple[int, ...]:
        """The sides to choose from; none if the backbone's own is to be taken."""
        sides = self.image_side_px
        return () if sides is None else sides if isinstance(sides, tuple) else (sides,)

    def weights_of(self, backbone: str) -> str:
        """The weights named for a backbone: "imagenet", "none" or a path."""
        if isinstance(self.weights, str):
            return self.weights
        return {str(name): path for name, path in self.weights.items()}.get(backbone, "imagenet")
