"""The final training of the selected hyperparameters."""

from __future__ import annotations

from pydantic import Field

from components.config.section import Section


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
