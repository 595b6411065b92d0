"""What is learned: frozen, typed, checked once. Where it runs is a profile and lives elsewhere.

`TrainingConfig` has one section per step; a section travels to its step as a pipeline parameter, so that a change
of the gate's policy does not invalidate the cached preprocessing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from typing_extensions import Self

from components.errors import ConfigError

# The backbones that tuning/backbones.py declares. Named again here because this module must not import Keras;
# a test holds the two lists equal.
BackboneName = Literal[
    "vgg16", "xception", "inception_v3", "mobilenet_v2", "efficientnet_v2_b0", "resnet50_v2", "convnext_tiny"
]
ObjectiveName = Literal["balanced_accuracy", "macro_f1"]


class Section(BaseModel, frozen=True, extra="forbid"):
    """A part of the configuration that one step reads."""


class SplitFractions(Section):
    """Shares of the groups, not of the images."""

    train: float = Field(0.7, gt=0, lt=1)
    validation: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = self.train + self.validation + self.test
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(
                f"fractions add up to {total:g} ({self.train:g} + {self.validation:g} + {self.test:g}), not to 1"
            )
        return self


class DataConfig(Section):
    """How raw images become records."""

    classes: tuple[str, ...] | None = None  # the brands to learn; None takes every brand in the raw folder
    stored_side_px: int = Field(256, ge=32, le=1024)  # records are square; the model resizes further down if it wants
    stored_format: Literal["jpeg", "png"] = "jpeg"  # jpeg: quality 98, full colour resolution; png: exact
    min_side_px: int = Field(16, ge=1)  # smaller raw images carry no signature
    max_pixels: int = Field(100_000_000, ge=1_000_000)  # decompression bombs are refused before they are decoded
    max_bytes: int = Field(64 * 2**20, ge=2**10)
    split: SplitFractions = SplitFractions()
    split_salt: str = "brandlens"
    min_new_images: int = Field(0, ge=0)  # with fewer new images since the last snapshot the run ends early

    @field_validator("classes")
    @classmethod
    def _at_least_two(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and len(set(classes)) < 2:
            raise ValueError("name at least two different brands, or leave classes out to take every brand found")
        return classes


class CheckConfig(Section):
    """What the data must be before a GPU is paid for."""

    min_images_per_class: int = Field(20, ge=1)
    min_test_images_per_class: int = Field(5, ge=1)
    min_validation_images_per_class: int = Field(5, ge=1)
    max_imbalance: float = Field(20.0, ge=1)  # largest class over smallest; above it: a warning
    max_quarantined_share: float = Field(0.2, ge=0, le=1)  # above it: a warning


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


class Augmentation(Section):
    """Live augmentation of the final training; 0 or false switches a part off."""

    flip: bool = True  # left-right; switch off if the brand's lettering is its signature
    zoom: float = Field(0.1, ge=0, le=0.5)  # share of the side
    shift: float = Field(0.05, ge=0, le=0.5)  # share of the side
    contrast: float = Field(0.1, ge=0, lt=1)


class TrainConfig(Section):
    """The final training of the selected hyperparameters."""

    epochs: int = Field(20, ge=1, le=1000)
    patience: int = Field(4, ge=1)  # epochs without a better validation objective before it stops
    batch_size: int = Field(32, ge=1, le=4096)
    augmentation: Augmentation = Augmentation()


class GatePolicy(Section):
    """When a challenger replaces the champion."""

    min_balanced_accuracy: float = Field(0.7, ge=0, le=1)  # below this nobody should act on the answers
    min_lift: float = Field(0.1, ge=0, le=1)  # balanced accuracy above guessing (1 / number of brands)
    max_regression: float = Field(0.01, ge=0, le=1)  # balanced accuracy that the champion may be ahead
    max_recall_regression: float = Field(0.05, ge=0, le=1)  # recall that any one brand may lose


class TrainingConfig(Section):
    """Everything that decides what is learned; equal configurations on equal images give equal models."""

    data: DataConfig = DataConfig()
    check: CheckConfig = CheckConfig()
    search: SearchConfig = SearchConfig()
    train: TrainConfig = TrainConfig()
    gate: GatePolicy = GatePolicy()
    seed: int = Field(17, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _side_fits(self) -> Self:
        side = self.search.image_side_px
        if side is not None and side > self.data.stored_side_px:
            raise ValueError(
                f"search.image_side_px ({side}) is greater than data.stored_side_px ({self.data.stored_side_px}): "
                "pixels that were not stored cannot be learned from"
            )
        return self


Checked = TypeVar("Checked", bound=BaseModel)


def parse(model: type[Checked], values: Mapping[str, Any], source: str) -> Checked:
    """Check values against model; source names them in the error.

    Raises ConfigError with every finding: the key, the value and what is allowed.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A tuple whose one item is wrong is also reported as too short: the second finding would only mislead.
        items = [dict(item) for item in error.errors()]
        real = [item for item in items if not (item["type"] == "too_short" and item["input"])]
        raise ConfigError(source, [_finding(item) for item in real]) from error


def load(path: str | Path | None, model: type[Checked]) -> Checked:
    """Read a YAML file; None gives the defaults.

    Raises ConfigError if the file cannot be read, is not YAML, is not a mapping, or has findings.
    """
    if path is None:
        return model()
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"is not YAML: {error}"]) from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(str(path), [f"must be a mapping of keys to values, got {type(values).__name__}"])
    return parse(model, values, str(path))


def _finding(item: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "(whole)"
    if item["type"] == "extra_forbidden":
        return f"{key}: unknown key (value {item['input']!r})"
    message = item["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" + ("" if isinstance(item["input"], dict) else f" (got {item['input']!r})")
