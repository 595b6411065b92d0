"""What a file's place in the raw folder says about it: `<brand>/<source>/<group>/**/<image>`."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """What the folders say; empty where they say nothing."""

    label: str
    source: str = ""
    group: str = ""


def place_of(path: str) -> Place | None:
    """Read a path relative to the raw folder; None for files that no brand folder holds and for hidden ones.

    The group is the whole `<brand>/<source>/<group>`: equal folder names of two brands are two groups.
    """
    parts = path.split("/")
    if len(parts) < 2 or any(part.startswith(".") for part in parts):
        return None
    label, *folders = (sys.intern(normal(part)) for part in parts[:-1])  # one object for all images of a brand
    source = folders[0] if folders else ""
    group = "/".join([label, *folders[:2]]) if len(folders) > 1 else ""
    return Place(label, source, group)


def normal(name: str) -> str:
    """One spelling of a name: macOS writes composed letters (Hangul, umlauts) apart, others write them as one."""
    return unicodedata.normalize("NFC", name)
