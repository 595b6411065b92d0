"""What the raw address may be, and whether brands can be told apart by what it holds."""

from __future__ import annotations

import os
from collections.abc import Collection

from components import storage
from components.errors import InputError, StorageError
from components.ingest import sheet


def is_manifest(raw: str) -> bool:
    """Whether the raw address is a manifest instead of a folder."""
    return raw.lower().endswith(sheet.SUFFIXES) and not os.path.isdir(raw)


def is_dataset(raw: str) -> bool:
    """Whether the raw address names a public dataset."""
    return raw.startswith(storage.DATASET)


def check(raw: str, data_root: str) -> None:
    """Refuse what cannot be a raw address. Raises InputError or StorageError; nothing is written."""
    if is_dataset(raw):
        return
    if is_manifest(raw):
        if not storage.exists(raw):
            raise InputError(f"The manifest {raw} does not exist. Give a .csv or .jsonl file with a column uri.")
        return
    _check_folder(raw)
    inner, outer = f"{raw.rstrip('/')}/", f"{data_root.rstrip('/')}/"
    if inner.startswith(outer) or outer.startswith(inner):
        raise InputError(
            f"The raw folder {raw} and the data root {data_root} lie inside one another: what is written "
            "would be read as images. Put the data root elsewhere."
        )


def _check_folder(raw: str) -> None:
    if storage.is_remote(raw):
        return
    if not os.path.exists(raw):
        raise InputError(f"The raw folder {raw} does not exist. Give a folder that holds one folder per brand.")
    if not os.path.isdir(raw):
        raise InputError(
            f"{raw} is a file. Give the folder that holds one folder of images per brand, "
            "or a manifest that ends in .csv or .jsonl."
        )
    if not os.access(raw, os.R_OK | os.X_OK):
        raise StorageError(f"No permission to list the raw folder {raw}. Check its owner and mode.")


def check_brands(raw: str, brands: Collection[str], classes: Collection[str] | None) -> None:
    """Refuse a listing from which no brands can be told apart. Raises InputError with every finding.

    brands: of the files that can be used. classes: those that are asked for; None: all.
    """
    present = sorted(brands)
    missing = sorted(set(classes or ()) - set(present))
    if not present:
        raise InputError(f"There are no images in {raw}. It must hold one folder of images per brand.")
    if missing:
        raise InputError(
            f"{raw} has no images of {', '.join(missing)}, which data.classes names. "
            f"Brands found: {', '.join(present)}. Add images or change data.classes."
        )
    if len(present) < 2:
        raise InputError(
            f"{raw} has images of one brand only: {present[0]}. Telling brands apart needs at least two; "
            "add a folder of images for each further brand."
        )
