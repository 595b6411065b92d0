"""Finds what lies on more than one side of the split, in 8 bytes for each image."""

from __future__ import annotations

from array import array

import numpy as np

from components.artifacts import SPLITS
from components.check.sampling import rank

BATCH = 4_000_000  # names that wait before equal ones are merged: 32 MB
_SIDES = {split: number for number, split in enumerate(SPLITS, start=1)}
_SIDE = np.uint64(0b11)


def shorten(name: str) -> int:
    """The upper 62 bits of a name's hash.

    Two names of a hundred million share them with a chance of one in a thousand: who reports, compares the names.
    """
    return rank(name) & ~0b11


class Sides:
    """Shortened names, each with the split that it was seen in as its lowest two bits."""

    def __init__(self) -> None:
        self._merged = np.zeros(0, np.uint64)
        self._waiting = array("Q")

    def add(self, name: str, split: str) -> None:
        """Note that a name was seen in a split."""
        self._waiting.append(shorten(name) | _SIDES[split])
        if len(self._waiting) == BATCH:
            self._merge()

    def holds(self, name: str) -> bool:
        """Whether a name was seen."""
        seen, short = self._seen(), np.uint64(shorten(name))
        place = int(np.searchsorted(seen, short))  # its side makes it a little larger
        return place < len(seen) and bool(seen[place] & ~_SIDE == short)

    def straddling(self) -> np.ndarray:
        """The shortened names that were seen in more than one split, ascending."""
        names = self._seen() & ~_SIDE
        return np.unique(names[1:][names[1:] == names[:-1]])

    def within(self, *splits: str) -> np.ndarray:
        """The shortened names that were seen in any of the splits, ascending."""
        seen = self._seen()
        sides = np.array([_SIDES[split] for split in splits], np.uint64)
        return np.unique(seen[np.isin(seen & _SIDE, sides)] & ~_SIDE)

    def _seen(self) -> np.ndarray:
        self._merge()
        return self._merged

    def _merge(self) -> None:
        if self._waiting:
            self._merged = np.unique(np.concatenate([self._merged, np.frombuffer(self._waiting, np.uint64)]))
            self._waiting = array("Q")
