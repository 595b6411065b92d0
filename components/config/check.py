"""What the data must be before a GPU is paid for."""

from __future__ import annotations

from pydantic import Field

from components.config.section import Section


class CheckConfig(Section):
    """What the data must be before a GPU is paid for."""

    min_images_per_class: int = Field(20, ge=1)
    min_test_images_per_class: int = Field(5, ge=1)
    min_validation_images_per_class: int = Field(5, ge=1)
    max_imbalance: float = Field(20.0, ge=1)  # largest class over smallest; above it: a warning
    max_quarantined_share: float = Field(0.2, ge=0, le=1)  # above it: a warning
