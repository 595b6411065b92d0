"""Raw image bytes to the stored square image: pure, without a file system.

The square is filled by stretching, not by cropping: a crop loses the edges, where many brands sign.
"""

from __future__ import annotations

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.config import DataConfig
from components.manifest import Reason
from components.preprocess.look import Look, look_of

if TYPE_CHECKING:
    from PIL import Image

# What brands publish. Not EPS, PDF or SVG, which are programs, nor TIFF, which no serving path here reads.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")
JPEG_QUALITY = 98  # with full colour resolution: features of stored and of original pixels have cosine 0.998
LARGE_PIXELS = 25_000_000  # images above it are decoded one at a time, so that threads do not add up their memory
_large = threading.Lock()


class Rejected(Exception):  # noqa: N818 - a verdict on one image, after which the job goes on
    """One image cannot be used: the reason from the closed list, and what was seen."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class StoredImage:
    """An encoded square image, the raw image's size in pixels as its header names it, and what the square shows."""

    data: bytes
    width: int
    height: int
    look: Look


def check_size(size: int, config: DataConfig) -> None:
    """Raise Rejected for files that need not be read. size: bytes."""
    if size == 0:
        raise Rejected(Reason.EMPTY, "0 bytes")
    if size > config.max_bytes:
        raise Rejected(Reason.TOO_MANY_BYTES, f"{size} bytes; data.max_bytes is {config.max_bytes}")


def store(data: bytes, config: DataConfig) -> StoredImage:
    """Decode raw bytes once, turn them upright, stretch them to the stored square, look at it, and encode it.

    Raises Rejected with the reason, whatever the bytes are.
    """
    image = _open(data)
    width, height = image.size
    if width * height > config.max_pixels:
        raise Rejected(Reason.TOO_MANY_PIXELS, f"{width} x {height}; data.max_pixels is {config.max_pixels}")
    if min(width, height) < config.min_side_px:
        raise Rejected(Reason.TOO_SMALL, f"{width} x {height}; data.min_side_px is {config.min_side_px}")
    try:
        with _large if width * height > LARGE_PIXELS else nullcontext():
            square = _square(image, config.stored_side_px)
    except Exception as error:  # decoders raise whatever they stumble over: OSError, SyntaxError, struct.error, ...
        raise Rejected(Reason.DAMAGED, f"{type(error).__name__}: {error}") from error
    return StoredImage(_encoded(square, config), width, height, look_of(square, config.near_duplicates))


def _open(data: bytes) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # data.max_pixels is checked before anything is decoded; Pillow's own limit is fixed
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Rejected(Reason.NOT_AN_IMAGE, f"begins with {data[:12]!r}; taken are {', '.join(FORMATS)}") from error
    except Exception as error:  # see store
        raise Rejected(Reason.DAMAGED, f"{type(error).__name__}: {error}") from error


def _square(image: Image.Image, side_px: int) -> Image.Image:
    from PIL import Image

    # JPEG decodes to a half, quarter or eighth at a third of the time; twice the side leaves LANCZOS its work.
    # Its box is the exact place of the picture: ignoring it triples the difference to decoding in full.
    drafted = image.draft("RGB", (2 * side_px, 2 * side_px))
    image.load()  # the first frame of an animation
    square = _rgb(image).resize((side_px, side_px), Image.Resampling.LANCZOS, box=drafted[1] if drafted else None)
    square.info = image.info
    # Of other formats the served model cannot read EXIF; what it answers for must be what was learned.
    return _upright(square) if image.format == "JPEG" else square


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF beside good pixels: taken as it lies
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: transparency on white, 16-bit grey scaled by its high byte (Pillow would clip it)."""
    import numpy as np
    from PIL import Image

    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    colours = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def _encoded(square: Image.Image, config: DataConfig) -> bytes:
    square.info = {}  # comments and colour profiles of the raw file would make equal pixels unequal bytes
    file = io.BytesIO()
    if config.stored_format == "png":
        square.save(file, "PNG")
    else:
        square.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue()
