"""How raw images become records, and what they must be."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from components.config.section import Section


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


class NearDuplicates(Section):
    """Which pictures count as one that was edited; docs/how-splits-work.md shows what each edit does to the hash."""

    enabled: bool = True
    max_distance: int = Field(8, ge=0, le=12)  # differing bits of the 64 of the lowest frequencies
    max_fine_distance: int = Field(56, ge=0, le=96)  # differing bits of all 256: tells drawings on white apart
    min_contrast: float = Field(4.0, ge=0, le=127)  # grey levels; of flatter pictures the hash is noise: never linked


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
    near_duplicates: NearDuplicates = NearDuplicates()
    min_new_images: int = Field(0, ge=0)  # with fewer new images since the last snapshot the run ends early
    retrain_on_drift: float = Field(0.0, ge=0, le=1)  # and goes on from this total variation on; 0: never for drift
    allowed_roots: tuple[str, ...] = ()  # folders and gs:// prefixes, beside its own, to which a manifest may point
    takedown: str = ""  # a text or CSV file of ids and addresses that must no longer be used; "": none

    @field_validator("allowed_roots")
    @classmethod
    def _absolute(cls, roots: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [root for root in roots if not root.startswith(("/", "gs://")) or ".." in root.split("/")]
        if wrong:
            raise ValueError(f"must be absolute folders or gs:// prefixes without .., unlike {', '.join(wrong)}")
        return roots

    @field_validator("classes")
    @classmethod
    def _at_least_two(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and len(set(classes)) < 2:
            raise ValueError("name at least two different brands, or leave classes out to take every brand found")
        return classes
