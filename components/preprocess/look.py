"""What a picture shows, in a few numbers: its perceptual hash, its mean colour, its contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components import likeness
from components.config.data import NearDuplicates

if TYPE_CHECKING:
    from PIL import Image


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

    All is taken from its 64 x 64 means: a sixteenth of the pixels shows the same. Figures are rounded to a tenth of a
    grey level: two decoders of one picture agree to that.
    """
    from PIL import Image

    small = square.resize((likeness.SIDE_PX, likeness.SIDE_PX), Image.Resampling.BOX)
    red, green, blue = (round(float(colour), 1) for colour in np.asarray(small).mean(axis=(0, 1)))
    grey = np.asarray(small.convert("L"))
    contrast = round(float(grey.std()), 1)
    return Look(likeness.phash(grey) if contrast >= config.min_contrast else "", red, green, blue, contrast)
