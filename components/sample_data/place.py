"""The folder that a sample stands in: whether it is ours, whether it is complete, and how a new one takes its place."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from components import storage
from components.errors import InputError

LAYOUT = 1  # raise when equal settings give other images
MARK, MANIFEST, ATTRIBUTION = "sample.json", "manifest.csv", "ATTRIBUTION.md"


@dataclass(frozen=True)
class Settings:
    """What decides the content of the folder; kept in sample.json, which is also the mark that the folder is ours."""

    subjects: int
    side_px: int
    layout: int = LAYOUT

    def text(self) -> str:
        """The content of sample.json."""
        return json.dumps(asdict(self)) + "\n"


def settings_of(folder: str) -> Settings | None:
    """The settings of the sample that stands in folder; None if there is none."""
    if not storage.exists(storage.join(folder, MARK)) or not storage.exists(storage.join(folder, MANIFEST)):
        return None
    try:
        return Settings(**json.loads(storage.read_bytes(storage.join(folder, MARK))))
    except (ValueError, TypeError):
        return None


def images_of(folder: str) -> set[str]:
    """The relative paths that the folder's manifest names."""
    return {row["uri"] for row in csv.DictReader(io.StringIO(storage.read_text(storage.join(folder, MANIFEST))))}


def is_complete(folder: str) -> bool:
    """Whether every file of the sample in folder is there."""
    return _files(folder) == _belonging(folder)


def ensure_ours(folder: str) -> None:
    """Raise InputError if folder is a file, lies in a bucket, or holds anything that a sample does not."""
    if storage.is_remote(folder):
        raise InputError(f"The sample is made in a local folder, not in {folder}. Copy it there afterwards.")
    if os.path.isfile(folder):
        raise InputError(f"{folder} is a file. Name a folder that is empty or does not exist.")
    foreign = sorted(_files(folder) - (_belonging(folder) if settings_of(folder) else set()))
    if foreign:
        raise InputError(
            f"{folder} holds {len(foreign)} file(s) that are not part of a sample (such as {', '.join(foreign[:3])}). "
            "They would be lost or mixed with it: name a folder that is empty or does not exist."
        )


@contextmanager
def replaced(folder: str) -> Iterator[str]:
    """A new folder to fill, that takes the place of folder at the end; after an error nothing has changed."""
    parent, name = os.path.split(folder)
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-making-", dir=parent) as work:
        fresh = os.path.join(work, "new")
        os.mkdir(fresh)
        yield fresh
        if os.path.exists(folder):
            os.rename(folder, os.path.join(work, "old"))
        os.rename(fresh, folder)


def _belonging(folder: str) -> set[str]:
    return {*images_of(folder), MARK, MANIFEST, ATTRIBUTION}


def _files(folder: str) -> set[str]:
    return {os.path.relpath(info.uri, folder) for info in storage.list_files(folder)}
