"""What a picture shows, in a few numbers: its perceptual hash, its mean colour, its contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components import likeness
from components.config.data import NearDuplicates

if TYPE_CHECKING:
    from PIL import Image

LEVELS = np.arange(256)


@dataclass(frozen=True)
class Look:
    """The columns of manifest.Row of these names."""

    phash: str
    red: float
    green: float
    blue: float
    contrast: float


def look_of(square: Image.Image, config: NearDuplicates) -> Look:
    """Look at an upright RGB picture that was stretched to a square, which is all that editors and brands share.

    Figures are rounded to a tenth of a grey level: two decoders of one picture agree to that.
    """
    from PIL import Image

    colours = np.array(square.histogram()).reshape(3, 256) @ LEVELS / (square.width * square.height)
    grey = square.convert("L")
    contrast = round(_deviation(np.array(grey.histogram())), 1)
    small = grey.resize((likeness.SIDE_PX, likeness.SIDE_PX), Image.Resampling.LANCZOS)
    hashed = likeness.phash(np.asarray(small)) if contrast >= config.min_contrast else ""
    red, green, blue = (round(float(colour), 1) for colour in colours)
    return Look(hashed, red, green, blue, contrast)


def _deviation(histogram: np.ndarray) -> float:
    """Standard deviation of the grey levels that a histogram counts."""
    pixels = histogram.sum()
    mean = histogram @ LEVELS / pixels
    return float(np.sqrt(histogram @ (LEVELS - mean) ** 2 / pixels))
