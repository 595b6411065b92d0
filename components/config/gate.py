"""When a challenger replaces the champion."""

from __future__ import annotations

from pydantic import Field

from components.config.section import Section


class GatePolicy(Section):
    """When a challenger replaces the champion."""

    min_balanced_accuracy: float = Field(0.7, ge=0, le=1)  # below this nobody should act on the answers
    min_lift: float = Field(0.1, ge=0, le=1)  # balanced accuracy above guessing (1 / number of brands)
    max_regression: float = Field(0.01, ge=0, le=1)  # balanced accuracy that the champion may be ahead
    max_recall_regression: float = Field(0.05, ge=0, le=1)  # recall that any one brand may lose
