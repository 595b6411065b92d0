"""The ids of erased images, kept under the data root: ingest refuses them for ever, whoever scrapes them again."""

from __future__ import annotations

from collections.abc import Iterable

from components import storage, takedown
from components.errors import PointerMovedError
from components.takedown import Takedown

ATTEMPTS = 5  # of adding ids while others add theirs
HEADER = "# SHA-256 of images that were erased. Ingest refuses them; a line that is removed lets its image in again.\n"


def read(data_root: str) -> Takedown:
    """What was erased so far."""
    content, _ = storage.read_versioned(_uri(data_root))
    return takedown.parse(_uri(data_root), content or b"")


def add(data_root: str, ids: Iterable[str]) -> None:
    """Add ids, once each. Raises PointerMovedError after five lost races."""
    for attempt in range(ATTEMPTS):
        content, version = storage.read_versioned(_uri(data_root))
        known = takedown.parse("", content or b"").ids
        lines = [f"{name}\n" for name in sorted(set(ids) - known)]
        if not lines:
            return
        try:
            storage.swap(_uri(data_root), (content or HEADER.encode()) + "".join(lines).encode(), version)
            return
        except PointerMovedError:
            if attempt == ATTEMPTS - 1:
                raise


def _uri(data_root: str) -> str:
    return storage.join(data_root, "erased.txt")
