"""What a contest is about: pictures, and the backbones that are searched for them."""

from __future__ import annotations

from dataclasses import dataclass

from components.config.search import LearningRate, SearchConfig
from components.tune import asking
from tuning.space import Space


@dataclass(frozen=True)
class Candidate:
    """A backbone that is searched. turns: of symmetries.TURNS, the views that a trial may learn from."""

    backbone: str
    sides_px: tuple[int, ...]
    depths: tuple[int, ...]
    turns: tuple[str, ...]
    trials: int
    rates: tuple[float, float] = (1e-4, 1e-2)

    def space(self) -> Space:
        """Our own defaults, but for the head's rate, balancing and the views."""
        low, high = self.rates
        config = SearchConfig(
            unfrozen_stages=self.depths, image_side_px=self.sides_px,
            learning_rate=LearningRate(min=low, max=high), balancing=("none", "class_weights"),
            augmentation=("none", "light") if len(self.turns) > 1 else ("none",),
        )  # fmt: skip
        return asking.searched(config)


@dataclass(frozen=True)
class Pictures:
    """Names and encoded images, in one order."""

    names: tuple[str, ...]
    files: tuple[bytes, ...]
