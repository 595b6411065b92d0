"""Views: the same image, changed in a fixed way, so that features of augmented images can be stored.

View 0 is the image itself. What another view does to an image follows from the image's id and the view's name alone:
every machine computes the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tuning.augmentation import STRENGTHS

Refresh = Literal["never", "retraining"]
_HOLE = (0.15, 0.4)  # width and height of what is painted over, shares of the side


@dataclass(frozen=True)
class View:
    """One fixed change of every image; number 0 is none."""

    number: int
    strength: str = "none"  # of augmentation.STRENGTHS

    @property
    def name(self) -> str:
        """A folder's name: what decides the change."""
        if self.number == 0:
            return "view-0"
        settings = hashlib.sha256(repr(STRENGTHS[self.strength]).encode()).hexdigest()[:8]
        return f"view-{self.number}-{self.strength}-{settings}"


PLAIN = View(0)


def views(count: int, strength: str, refresh: Refresh = "never", retrainings: int = 0) -> tuple[View, ...]:
    """The views that a run uses: the image itself, and count - 1 changed ones; the image alone if strength is "none".

    refresh: "never" keeps them, so that a retraining computes features of new images alone. With "retraining" each one
    drops the oldest changed view for a fresh one, which costs a pass over all images.
    retrainings: how many there were; a number that all tasks of a run agree on.
    Raises ValueError if there is no such strength.
    """
    if strength not in STRENGTHS:
        raise ValueError(f"There is no augmentation {strength!r}; known are {', '.join(STRENGTHS)}.")
    first = 1 + (retrainings if refresh == "retraining" else 0)
    last = first if strength == "none" else first + count - 1
    return (PLAIN, *(View(number, strength) for number in range(first, last)))


def apply(view: View, ids: Sequence[str], images: Any) -> Any:
    """The view of images: (n, side, side, 3) in [0, 255] -> the same in float32, as a tensor of Keras's backend."""
    from keras import ops

    pixels = ops.cast(images, "float32")
    if view.number == 0:
        return pixels
    side = pixels.shape[1]
    drawn = [_Change.draw(view, name) for name in ids]
    matrices = np.array([change.matrix(side) for change in drawn], np.float32)
    moved = ops.image.affine_transform(pixels, matrices, interpolation="bilinear", fill_mode="reflect")
    saturation, contrast, brightness = (
        np.array([getattr(change, field) for change in drawn], np.float32).reshape(-1, 1, 1, 1)
        for field in ("saturation", "contrast", "brightness")
    )
    grey = ops.mean(moved, axis=-1, keepdims=True)
    mean = ops.mean(moved, axis=(1, 2), keepdims=True)
    coloured = (grey + (moved - grey) * saturation - mean) * contrast + mean + 255.0 * brightness
    seen = np.stack([change.seen(side) for change in drawn])[..., None]
    return ops.where(seen, ops.clip(coloured, 0.0, 255.0), mean)


@dataclass(frozen=True)
class _Change:
    """What a view does to one image."""

    flip: bool
    scale: float  # of what is seen: below 1 is closer
    shift: tuple[float, float]  # right, down; share of the side
    brightness: float  # what is added, share of the range
    contrast: float  # what the distance from the mean is multiplied by
    saturation: float  # what the distance from grey is multiplied by
    hole: tuple[float, float, float, float]  # left, top, width, height; shares of the side

    @staticmethod
    def draw(view: View, image_id: str) -> _Change:
        settings = STRENGTHS[view.strength]
        seed = hashlib.sha256(f"{view.name} {image_id}".encode()).digest()
        uniform = np.random.default_rng(np.frombuffer(seed, np.uint32)).uniform
        width, height = uniform(*_HOLE), uniform(*_HOLE)
        if uniform() >= settings.erase:
            width = height = 0.0
        return _Change(
            flip=bool(settings.flip and uniform() < 0.5),
            scale=1 + uniform(-settings.zoom, settings.zoom),
            shift=(uniform(-settings.shift, settings.shift), uniform(-settings.shift, settings.shift)),
            brightness=uniform(-settings.brightness, settings.brightness),
            contrast=1 + uniform(-settings.contrast, settings.contrast),
            saturation=1 + uniform(-settings.saturation, settings.saturation),
            hole=(uniform(0, 1 - width), uniform(0, 1 - height), width, height),
        )

    def matrix(self, side: int) -> list[float]:
        """From places in the result to places in the image, about its middle: (a0, a1, a2, b0, b1, b2, 0, 0)."""
        middle = (side - 1) / 2
        across = -self.scale if self.flip else self.scale
        right, down = (share * side for share in self.shift)
        return [across, 0, middle - across * middle + right, 0, self.scale, middle - self.scale * middle + down, 0, 0]

    def seen(self, side: int) -> np.ndarray:
        """(side, side): False where the image is painted over."""
        left, top, width, height = self.hole
        places = (np.arange(side) + 0.5) / side
        down, across = ((a <= places) & (places < a + size) for a, size in ((top, height), (left, width)))
        return ~(down[:, None] & across[None, :])
