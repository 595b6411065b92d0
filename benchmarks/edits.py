"""What people and platforms do to a picture before they post it again."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

Edit = Callable[[Image.Image], Image.Image]


def resized(share: float) -> Edit:
    """Both sides times share."""

    def edit(image: Image.Image) -> Image.Image:
        return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC)

    return edit


def recompressed(quality: int) -> Edit:
    """Saved as JPEG and opened again."""

    def edit(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(io.BytesIO(file.getvalue())).convert("RGB")

    return edit


def cropped(share: float) -> Edit:
    """Without this share of width and of height, half of it at each end."""

    def edit(image: Image.Image) -> Image.Image:
        left, top = round(image.width * share / 2), round(image.height * share / 2)
        return image.crop((left, top, image.width - left, image.height - top))

    return edit


def brightened(factor: float) -> Edit:
    """Every pixel times factor, clipped at white."""
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def watermarked(image: Image.Image) -> Image.Image:
    """Half transparent white text over the middle, a fourteenth of the width high."""
    marked = image.copy()
    font = ImageFont.load_default(size=max(10, image.width // 14))
    place = (image.width * 0.1, image.height * 0.45)
    ImageDraw.Draw(marked, "RGBA").text(place, "(c) brandlens.example", fill=(255, 255, 255, 160), font=font)
    return marked


def bordered(share: float) -> Edit:
    """A white border of this share of the shorter side at each edge."""
    return lambda image: ImageOps.expand(image, max(1, round(min(image.size) * share)), fill="white")


def grey(image: Image.Image) -> Image.Image:
    """Without colour."""
    return image.convert("L").convert("RGB")


EDITS: Mapping[str, Edit] = {
    "resized to 50 %": resized(0.5),
    "resized to 200 %": resized(2.0),
    "recompressed, quality 60": recompressed(60),
    "recompressed, quality 30": recompressed(30),
    "cropped by 2 %": cropped(0.02),
    "cropped by 5 %": cropped(0.05),
    "cropped by 10 %": cropped(0.10),
    "darkened by 20 %": brightened(0.8),
    "darkened by 10 %": brightened(0.9),
    "brightened by 10 %": brightened(1.1),
    "brightened by 20 %": brightened(1.2),
    "watermark over the middle": watermarked,
    "white border of 1 %": bordered(0.01),
    "white border of 3 %": bordered(0.03),
    "without colour": grey,
    "mirrored": ImageOps.mirror,
}
