"""Small pictures that travel inside the page."""

from __future__ import annotations

import base64
import io

from PIL import Image

SIDE_PX = 200  # shown at about half of it: sharp on dense screens, some 10 kB each
QUALITY = 82


def data_uri(picture: bytes) -> str:
    """A stored picture (JPEG or PNG) as a data: URI of a JPEG of at most SIDE_PX a side.

    Raises PIL.UnidentifiedImageError if the bytes are no picture.
    """
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
