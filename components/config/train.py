"""The final training of the selected hyperparameters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.config.search import AugmentationName
from components.config.section import Section


class TrainConfig(Section):
    """The final training of the selected hyperparameters."""

    epochs: int = Field(20, ge=1, le=1000)
    patience: int = Field(4, ge=1)  # epochs without a better validation objective before it stops
    batch_size: int = Field(32, ge=1, le=4096)
    # Live changes of the images, others in every epoch. "auto": as strong as the selected trial's: none if it had none.
    augmentation: Literal["auto"] | AugmentationName = "auto"
    # After this share of the epochs the mean of their weights is kept, too, and taken if it scores no worse; 1: off.
    average_from: float = Field(1.0, ge=0, le=1)
    # "champion": go on from the served model's weights, where its backbone is the selected one, else from the search's.
    warm_start: Literal["none", "champion"] = "none"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"  # auto: by what the hardware is fast at
    checkpoint_s: float = Field(600.0, gt=0)  # within an epoch; after each one the state is kept anyway
