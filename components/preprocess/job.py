"""What every worker of the pipeline must know, and how rows travel between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from components import parts, storage
from components.config import DataConfig
from components.preprocess.bands import Bands
from components.preprocess.candidate import Candidate

HOME_ROWS = 8_192  # rows of equal bytes meet among so many others, about
Key = TypeVar("Key", int, str)


@dataclass(frozen=True)
class Job:
    """Small, because it travels with each function."""

    entries_uri: str
    base_manifest_uri: str  # "" at the first ingest
    folder: str  # the fresh folder that becomes the increment
    manifest_uri: str  # the fresh folder that becomes the manifest
    images: int  # in the listing
    labels: tuple[str, ...]
    shards: Mapping[str, int]  # split -> shards
    takedown: frozenset[str]  # ids that must not be kept
    config: DataConfig
    ticks: str  # the file that counts finished images

    @property
    def homes(self) -> int:
        """In how many places rows of equal bytes meet; by the listing alone, so that reruns spread alike."""
        return max(2, math.ceil(self.images / HOME_ROWS))

    @property
    def bands(self) -> Bands:
        """Where pictures that may count as one meet."""
        return Bands.of(self.images, self.config.near_duplicates.max_distance)

    @property
    def staging(self) -> str:
        """Where encoded images wait until it is decided which of them are admitted."""
        return storage.join(self.folder, "staging")

    @property
    def sums(self) -> str:
        """Where workers tell the one who started them what they wrote."""
        return storage.join(self.folder, "sums")


def packed(rows: Iterable[Candidate], key: Callable[[Candidate], Key]) -> Iterator[tuple[Key, bytes]]:
    """Rows for each of their destinations, packed together: thousands of elements, not millions, cross the network."""
    by_key: dict[Key, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_key[key(row)].append(row)
    for name, found in by_key.items():
        yield name, parts.pack(Candidate, found)


def unpacked(packs: Iterable[bytes]) -> list[Candidate]:
    """The rows of all packs that came to one destination."""
    return [row for pack in packs for row in parts.unpack(Candidate, pack)]


def part(row: Candidate) -> int:
    """The key under which the rows of one part of the manifest meet."""
    return row.part
