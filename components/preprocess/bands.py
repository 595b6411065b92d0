"""How the hashes of many pictures are spread so that any two that count as one meet somewhere.

The 64 low bits are cut into distance + agreeing blocks. Two hashes that differ in at most `distance` bits agree in at
least `agreeing` blocks, whichever they are: they meet under the combination of these blocks. More agreeing blocks make
more combinations of longer keys, under which fewer strangers meet; what is found is the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from components import likeness

if TYPE_CHECKING:
    import pyarrow as pa

    from components.likeness import Words

FEW = 1_000_000  # images up to which one place holds them all: to send each 45 times costs more
MANY = 30_000_000  # images up to which two agreeing blocks keep strangers few enough
BAND_ROWS = 65_536  # pictures that are compared in one place, about: 10 MB
MIXING = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads keys that differ in few bits


@dataclass(frozen=True)
class Bands:
    """Where hashes meet: combinations x pieces places, or one."""

    distance: int  # of the low bits, up to which every pair meets
    agreeing: int
    pieces: int = 1  # places of one combination; a key lies in one of them
    together: bool = False  # all combinations in one place, so that each picture travels once

    @classmethod
    def of(cls, images: int, distance: int) -> Bands:
        """The bands for so many pictures: by their number only, so that reruns spread alike."""
        if images <= FEW:
            return cls(distance, 2, together=True)
        return cls(distance, 2 if images <= MANY else 3, math.ceil(images / BAND_ROWS))

    def masks(self) -> list[np.uint64]:
        """The low bits that must be equal, one mask for each combination."""
        edges = np.linspace(0, likeness.LOW_BITS, self.distance + self.agreeing + 1).astype(int)
        blocks = [(1 << int(end)) - (1 << int(start)) for start, end in pairwise(edges)]
        return [np.uint64(sum(chosen)) for chosen in combinations(blocks, self.agreeing)]

    def masks_at(self, place: int) -> list[np.uint64]:
        """The masks of the combinations that a place belongs to."""
        return self.masks() if self.together else [self.masks()[place // self.pieces]]


def keys(hashes: Words, mask: np.uint64) -> Words:
    """What must be equal for two hashes to meet. hashes: (n, 4); returns (n,)."""
    return hashes[:, 0] & mask


def spread(pictures: pa.Table, hashes: Words, bands: Bands) -> Iterator[tuple[int, pa.Table]]:
    """Each place with the pictures that belong there. hashes: the pictures' own, (n, 4)."""
    if bands.together:
        yield 0, pictures
        return
    for combination, mask in enumerate(bands.masks()):
        mixed = (keys(hashes, mask) * MIXING) >> np.uint64(32)
        pieces = (mixed % np.uint64(bands.pieces)).astype(np.int64)
        for piece in np.unique(pieces):
            here = pictures if bands.pieces == 1 else pictures.filter(pieces == piece)
            yield combination * bands.pieces + int(piece), here
