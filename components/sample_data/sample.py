"""Make the sample folder: raw images of two brands as a user would have them, with a manifest beside them.

The folder is made beside its place and moved there whole. A larger sample of the same settings keeps the files
of the smaller one, so that a second run of the pipeline sees new images and unchanged old ones.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from components import storage
from components.errors import InputError, StorageError
from components.sample_data import attribution, brands, place
from components.sample_data.subjects import Subject, choose

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sample:
    """A folder that is complete."""

    folder: str
    images: int
    made: int  # images drawn now; 0 if the folder was complete already


def _silent(done: int, total: int) -> None:
    """Say nothing."""


def make(
    folder: str,
    subjects: int = 400,
    side_px: int = 160,
    progress: Progress = _silent,
    downloads: str | None = None,
) -> Sample:
    """Two images (one of each brand) per subject below folder, manifest.csv, ATTRIBUTION.md.

    subjects: 1 to 3,964, the emoji that both brands have. progress: told (images done, images in all).
    downloads: where packages are kept; None means the user's cache. Equal arguments give equal bytes.
    Raises InputError if folder holds anything that is not ours or a number is out of range, UnavailableError
    if the packages cannot be had, StorageError if the place refuses.
    """
    if not 32 <= side_px <= 1024:
        raise InputError(f"The side of an image can be 32 to 1,024 pixels, not {side_px:,}.")
    place.ensure_ours(folder)
    folder = storage.absolute(folder)
    settings, before = place.Settings(subjects, side_px), place.settings_of(folder)
    if before == settings and place.is_complete(folder):
        return Sample(folder, len(place.images_of(folder)), 0)
    chosen = _choose(brands.codes(downloads), subjects)
    drawings = brands.drawings((subject.code for subject in chosen), downloads)
    keeps = before is not None and (before.side_px, before.layout) == (side_px, settings.layout)
    try:
        with place.replaced(folder) as fresh:
            made = _fill(fresh, chosen, drawings, side_px, folder if keeps else None, progress)
            storage.write_text(storage.join(fresh, place.MANIFEST), _manifest(chosen))
            storage.write_text(storage.join(fresh, place.ATTRIBUTION), attribution.TEXT)
            storage.write_text(storage.join(fresh, place.MARK), settings.text())
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror or error}. Name another folder.") from error
    return Sample(folder, len(chosen) * len(brands.BRANDS), made)


def _fill(
    fresh: str,
    chosen: list[Subject],
    drawings: dict[str, dict[str, str]],
    side_px: int,
    earlier: str | None,
    progress: Progress,
) -> int:
    from components.sample_data.drawing import draw

    made, total = 0, len(chosen) * len(brands.BRANDS)
    pairs = ((brand.name, subject) for subject in chosen for brand in brands.BRANDS)
    for done, (brand, subject) in enumerate(pairs, start=1):
        uri = _relative(brand, subject)
        target = storage.join(fresh, uri)
        if earlier and storage.exists(storage.join(earlier, uri)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(storage.join(earlier, uri), target)  # with its time: the pipeline must not take it for new
        else:
            storage.write_bytes(target, draw(drawings[brand][subject.code], subject.code, side_px))
            made += 1
        progress(done, total)
    return made


def _choose(codes: set[str], count: int) -> list[Subject]:
    if not 1 <= count <= len(codes):
        raise InputError(f"A sample can have 1 to {len(codes):,} subjects, not {count:,}.")
    return choose(codes, count)


def _manifest(chosen: list[Subject]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["uri", "label", "source", "group"])
    for brand in brands.BRANDS:
        rows.writerows([_relative(brand.name, item), brand.name, item.source, item.group] for item in chosen)
    return out.getvalue()


def _relative(brand: str, subject: Subject) -> str:
    return f"{brand}/{subject.source}/{subject.code}.jpg"
