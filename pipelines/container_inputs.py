"""What steps in containers must see of this machine: the raw images, and the files that the configuration names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from components import storage
from components.config import TrainingConfig
from components.errors import InputError

MANIFESTS = (".csv", ".jsonl")
DATASETS = "TFDS_DATA_DIR"  # TFDS's own variable


@dataclass(frozen=True)
class Inputs:
    """Places that containers see at their own paths, read-only, and the variables by which libraries find them."""

    places: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


def rooted(config: TrainingConfig) -> TrainingConfig:
    """The configuration with absolute addresses: a container has a working directory of its own."""
    if not config.data.takedown:
        return config
    takedown = storage.absolute(config.data.takedown)
    return config.model_copy(update={"data": config.data.model_copy(update={"takedown": takedown})})


def find(raw: str, data_root: str, config: TrainingConfig) -> Inputs:
    """What must be mounted beside the data root. raw, data_root, and config's addresses: absolute.

    gs:// needs no mount. Raises InputError with everything that is not there.
    """
    if storage.is_remote(raw):
        raise InputError(f"Steps in containers see raw images only if they are on this machine, unlike {raw}.")
    findings: list[str] = []
    variables = {}
    if raw.startswith(storage.DATASET):
        folder = os.environ.get(DATASETS) or str(Path("~/tensorflow_datasets").expanduser())
        variables[DATASETS] = folder
        places = _dataset(folder, data_root, findings)
    elif Path(raw).is_dir():
        places = [raw]
    else:
        places = _manifest(raw, config.data.allowed_roots, findings)
    takedown = config.data.takedown
    if takedown and not storage.is_remote(takedown):
        places.append(takedown)
        if not Path(takedown).is_file():
            findings.append(f"data.takedown names {takedown}, which is not there")
    if findings:
        raise InputError("\n".join(["Steps in containers cannot see:", *(f"  - {text}" for text in findings)]))
    weights = {config.search.weights_of(backbone) for backbone in config.search.backbones}
    places += [file for file in weights if Path(file).is_absolute() and Path(file).is_file()]
    return Inputs(tuple(_outermost(places, data_root)), variables)


def _dataset(folder: str, data_root: str, findings: list[str]) -> list[str]:
    if Path(folder).is_dir():
        return [folder]
    if not Path(data_root, "raw").is_dir():  # where ingest has written the images of datasets
        findings.append(f"a prepared dataset: there is no folder {folder}. Prepare it, or name it by {DATASETS}")
    return []


def _manifest(raw: str, allowed_roots: Iterable[str], findings: list[str]) -> list[str]:
    """The manifest's folder, where relative addresses start, and the others to which it may point."""
    if not raw.lower().endswith(MANIFESTS) or not Path(raw).is_file():
        findings.append(f"{raw}, which is neither a folder nor a manifest ({', '.join(MANIFESTS)})")
        return []
    places = {str(Path(raw).parent)}
    for root in allowed_roots:
        if not storage.is_remote(root):
            places |= {root.rstrip("/"), storage.absolute(root)}  # links in it lead to the real place
            if not Path(root).is_dir():
                findings.append(f"data.allowed_roots names {root}, which is no folder")
    if places & {"", "/"}:
        findings.append("/ as a whole. Put the images and their manifest into folders")
    return sorted(places)


def _outermost(places: Iterable[str], data_root: str) -> Iterator[str]:
    """Each place once, as an engine asks for; what lies in another, or in the data root, is seen with it."""
    found = sorted({*places} - {data_root})
    for place in found:
        if not any(place.startswith(f"{other}/") for other in (*found, data_root)):
            yield place
