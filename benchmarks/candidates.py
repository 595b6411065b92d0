"""What a contest is about: pictures, and the backbones that are searched for them."""

from __future__ import annotations

from dataclasses import dataclass

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
        """Our own defaults, but for balancing and the views."""
        return Space(
            unfrozen_stages=self.depths, head_width=(0, 128), dropout=(0.0, 0.2, 0.4), learning_rate=self.rates,
            pooling=("avg", "avg+max"), backbone_rate=(0.03, 0.1, 0.3), weight_decay=(0.0, 0.05),
            label_smoothing=(0.0, 0.1), balancing=("none", "class_weights"),
            augmentation=("none", "light") if len(self.turns) > 1 else ("none",), image_side_px=self.sides_px,
        )  # fmt: skip


@dataclass(frozen=True)
class Pictures:
    """Names and encoded images, in one order."""

    names: tuple[str, ...]
    files: tuple[bytes, ...]
