"""Everything that decides what is learned."""

from __future__ import annotations

from pydantic import Field, model_validator
from typing_extensions import Self

from components.config.check import CheckConfig
from components.config.data import DataConfig
from components.config.gate import GatePolicy
from components.config.search import SearchConfig
from components.config.section import Section
from components.config.train import TrainConfig


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
        side = max(self.search.sides_px, default=0)
        if side > self.data.stored_side_px:
            raise ValueError(
                f"search.image_side_px ({side}) is greater than data.stored_side_px ({self.data.stored_side_px}): "
                "pixels that were not stored cannot be learned from"
            )
        return self
