"""Draws a bounded sample from a stream: those whose hash is smallest, so that it does not depend on order."""

from __future__ import annotations

import hashlib
import heapq
from typing import Generic, TypeVar

Item = TypeVar("Item")


def rank(text: str) -> int:
    """A number in [0, 2^64) that depends on text alone and is uniform over texts."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class Sample(Generic[Item]):
    """At most `size` names, the same whatever the order of the stream; each name with at most `each` of its items."""

    def __init__(self, size: int, each: int = 1) -> None:
        self._size, self._each = size, each
        self._heap: list[tuple[int, str]] = []  # negative ranks: the largest lies on top
        self._items: dict[str, list[Item]] = {}

    def add(self, name: str, item: Item) -> None:
        """Offer an item. All items of a name that is in the sample at the end were offered to it while it was in."""
        if name in self._items:
            if len(self._items[name]) < self._each:
                self._items[name].append(item)
            return
        place = (-rank(name), name)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, place)
        elif self._size and place > self._heap[0]:
            _, gone = heapq.heapreplace(self._heap, place)
            del self._items[gone]
        else:
            return
        self._items[name] = [item]

    def items(self) -> dict[str, list[Item]]:
        """Name -> its items in order of the stream; names in alphabetical order."""
        return dict(sorted(self._items.items()))
