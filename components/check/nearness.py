"""Looks for pictures that resemble a test or validation picture but lie in another split.

Every judged picture is compared with every other one: slower than the banding by which near-duplicates were found
when the snapshot was made, and therefore an independent word on it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from components import likeness
from components.manifest import Row

BLOCK = 512  # pictures that are compared at once: with 30,000 judged ones 60 MB
COMPARISONS = 4_000_000_000  # about ten seconds; above it only a sample of the test and validation images is judged
LEAST_JUDGED = 1_000


def judged_images(admitted: int) -> int:
    """How many test and validation images are compared with all others. admitted: images of the snapshot."""
    return max(LEAST_JUDGED, COMPARISONS // max(admitted, 1))


@dataclass(frozen=True)
class Bars:
    """When two pictures count as one: in at most so many bits their perceptual hashes differ."""

    low: int  # of the low frequencies' bits
    whole: int  # of all bits


@dataclass(frozen=True)
class Pair:
    """A judged picture and one of another split that resembles it. distance: of their hashes, in all bits."""

    judged: Row
    other: Row
    distance: int


class Nearness:
    """Compares the judged pictures with those that pass by."""

    def __init__(self, judged: Collection[Row], bars: Bars) -> None:
        self._bars = bars
        self._judged = [row for row in judged if _hashed(row)]
        self._words = _words(self._judged)
        self._signs = _signs(self._words)
        self._waiting: list[Row] = []
        self._found: dict[int, Pair] = {}

    @property
    def judged(self) -> int:
        """How many pictures are compared."""
        return len(self._judged)

    def add(self, row: Row) -> None:
        """Compare an admitted picture with those judged pictures that lie in another split."""
        if _hashed(row):
            self._waiting.append(row)
            if len(self._waiting) == BLOCK:
                self._compare()

    def pairs(self) -> list[Pair]:
        """The judged pictures that have a near-duplicate elsewhere, each with the first one that was met."""
        self._compare()
        return [self._found[place] for place in sorted(self._found)]

    def _compare(self) -> None:
        if not self._waiting or not self._judged:
            return
        words = _words(self._waiting)
        # Of two vectors of +1 and -1 the product is bits - 2 x differing bits: exact in float32, and fast.
        near = self._signs @ _signs(words).T >= likeness.LOW_BITS - 2 * self._bars.low
        places, others = np.divmod(np.flatnonzero(near), len(words))
        _, whole = likeness.differing(self._words[places], words[others])
        for at in np.flatnonzero(whole <= self._bars.whole):
            pair = Pair(self._judged[places[at]], self._waiting[others[at]], int(whole[at]))
            if pair.judged.split != pair.other.split:
                self._found.setdefault(int(places[at]), pair)
        self._waiting = []


def _hashed(row: Row) -> bool:
    return len(row.phash) == likeness.DIGITS  # flat pictures have none; another length is another version's


def _words(rows: Collection[Row]) -> likeness.Words:
    return likeness.words([row.phash for row in rows])


def _signs(words: likeness.Words) -> np.ndarray:
    """The low frequencies' bits as (n, LOW_BITS) of +1 and -1."""
    low = words[:, :1].astype(">u8").view(np.uint8)
    return np.unpackbits(low, axis=1).astype(np.float32) * 2 - 1
