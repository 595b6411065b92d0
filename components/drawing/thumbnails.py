"""Small pictures that travel inside the page."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageOps

SIDE_PX = 200  # shown at about half of it: sharp on dense screens, some 10 kB each
SMALL_SIDE_PX = 144  # where a page shows a hundred of them
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")
MAX_PIXELS = 40_000_000  # of a raw picture; larger ones cost more memory than a look is worth


def data_uri(picture: bytes) -> str:
    """A stored picture (JPEG or PNG) as a data: URI of a JPEG of at most SIDE_PX a side.

    Raises PIL.UnidentifiedImageError if the bytes are no picture.
    """
    with Image.open(io.BytesIO(picture)) as image:
        return _encoded(image.convert("RGB"), SIDE_PX)


def of_raw(data: bytes) -> str | None:
    """A raw file, whoever sent it, as a data: URI of at most SMALL_SIDE_PX a side; None if it cannot be shown."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", (2 * SMALL_SIDE_PX, 2 * SMALL_SIDE_PX))
            return _encoded(_on_white(ImageOps.exif_transpose(image)), SMALL_SIDE_PX)
    except Exception:  # decoders raise whatever they stumble over
        return None


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def _encoded(picture: Image.Image, side_px: int) -> str:
    picture.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
