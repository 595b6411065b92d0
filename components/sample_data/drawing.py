"""One image of the sample: an SVG drawing on a background, with nothing but the drawing to tell the brand by.

Twitter's drawings fill their canvas, OpenMoji's leave a margin: drawings are therefore cropped to what is
painted and laid out alike. Layout and background depend on the subject alone, so that both brands' images of
one subject differ in the drawing only, and no chance correlation can be learned instead.
"""

from __future__ import annotations

import io
from functools import partial

import numpy as np
from PIL import Image

from components import digest
from components.errors import UnavailableError

RENDER_SCALE = 2  # drawings are rendered larger and scaled down once, after cropping
FILL = (0.7, 0.9)  # longer side of the drawing over the side of the image
JPEG_QUALITY = 95


def draw(svg: str, subject: str, side_px: int) -> bytes:
    """A JPEG of side_px by side_px pixels; equal arguments give equal bytes.

    Raises UnavailableError if nothing is painted.
    """
    image = background(subject, side_px)
    shape = cropped(svg, subject, round(side_px * _between(subject, "fill", *FILL)), side_px)
    free_x, free_y = side_px - shape.width, side_px - shape.height
    place = round(free_x * _between(subject, "x", 0.25, 0.75)), round(free_y * _between(subject, "y", 0.25, 0.75))
    image.paste(shape, place, shape)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def cropped(svg: str, subject: str, longer_side_px: int, side_px: int) -> Image.Image:
    """The painted part of the drawing as RGBA, its longer side longer_side_px."""
    import resvg_py

    canvas = RENDER_SCALE * side_px
    rendered = Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg, width=canvas, height=canvas, skip_system_fonts=True)))
    box = rendered.convert("RGBA").getchannel("A").getbbox()
    if box is None:
        raise UnavailableError(f"The drawing of {subject} is empty. The package is not what it was.")
    shape = rendered.convert("RGBA").crop(box)
    scale = longer_side_px / max(shape.size)
    size = max(1, round(shape.width * scale)), max(1, round(shape.height * scale))
    # Premultiplied: colours under full transparency must not bleed into the edge.
    return shape.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")


def background(subject: str, side_px: int) -> Image.Image:
    """A plain colour, a straight or round gradient, or soft blotches, drawn by the hash of the subject."""
    u = partial(_between, subject)
    first, second = _colour(subject, "first"), _colour(subject, "second")
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    kind = int(u("kind", 0, 4))
    if kind == 0:
        mix = np.zeros((side_px, side_px))
    elif kind == 1:
        angle = u("angle", 0, 2 * np.pi)
        mix = 0.5 + (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) / np.sqrt(2)
    elif kind == 2:
        mix = np.hypot(x - u("centre x", 0.2, 0.8), y - u("centre y", 0.2, 0.8))
    else:
        waves = (
            np.sin(2 * np.pi * (u(f"fx{i}", -2, 2) * x + u(f"fy{i}", -2, 2) * y + u(f"p{i}", 0, 1))) for i in "abc"
        )
        mix = 0.5 + sum(waves) / 6
    pixels = first + np.clip(mix, 0, 1)[..., None] * (second - first)
    return Image.fromarray(np.round(pixels).astype(np.uint8), "RGB")


def _colour(subject: str, what: str) -> np.ndarray:
    """A colour that is neither as dark as OpenMoji's outlines nor as saturated as the drawings. (3,), 0 to 255."""
    hue, saturation = _between(subject, f"{what} hue", 0, 256), _between(subject, f"{what} saturation", 0, 110)
    value = _between(subject, f"{what} value", 140, 256)
    pixel = Image.new("HSV", (1, 1), (int(hue), int(saturation), int(value))).convert("RGB")
    return np.asarray(pixel, dtype=np.float64)[0, 0]


def _between(subject: str, what: str, low: float, high: float) -> float:
    return low + (high - low) * digest.unit_interval(f"{subject}/{what}")
