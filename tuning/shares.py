"""One worker's share of a search whose trials several workers divide among them, without ever talking.

Everything that is dealt out follows from the search's seed, so that each worker knows its own part and that of all
others. Their parts have no point in common, whatever the scores make each of them propose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from tuning import space
from tuning.model import Hyperparameters
from tuning.space import Space

_APART = 1_000_003  # KerasTuner counts its seed up with every number it draws: seeds side by side draw the same
_STEP, _STEPS = 1e-4, 50  # of moving a learning rate until its point is our own, in shares of its way to the middle
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Share:
    """Which of how many workers, from 1. The default is a search that nobody shares."""

    number: int = 1
    of: int = 1

    def count(self, total: int) -> int:
        """How many of so many trials are its own; the first workers take what is left over."""
        return total // self.of + (self.number <= total % self.of)

    def dealt(self, things: Sequence[Thing]) -> list[Thing]:
        """Its own of things that are dealt out one by one, as many as count says."""
        return list(things[self.number - 1 :: self.of])

    def seed(self, common: int) -> int:
        """Of what it draws for itself."""
        return common + _APART * (self.number - 1)

    def before(self) -> list[Share]:
        """The workers with smaller numbers."""
        return [Share(number, self.of) for number in range(1, self.number)]


WHOLE = Share()


class Part:
    """The points of a space that one worker may propose; two workers' parts have none in common.

    design: points that are dealt out in this order. Any other point belongs to whom its digest says. by_head: depth and
    the backbone's rate do not decide whose a point is, so that a worker may try its own heads at every depth.
    """

    def __init__(self, searched: Space, share: Share, design: Sequence[Hyperparameters] = (), by_head: bool = False):
        self.share, self._searched, self._by_head = share, searched, by_head
        self._dealt = {self._mark(point): number % share.of for number, point in enumerate(design)}

    def has(self, point: Hyperparameters) -> bool:
        """Whether the point is the worker's own."""
        if self.share.of == 1:
            return True
        mark = self._mark(point)
        owner = self._dealt[mark] if mark in self._dealt else _digest(mark) % self.share.of
        return owner == self.share.number - 1

    def own(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The values if their point is the worker's own, else with a learning rate a little beside; None if none is."""
        return next((tried for tried in self._beside(values) if self.has(space.point(tried))), None)

    def _beside(self, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        yield dict(values)
        name = space.RATES[values.get("optimizer", "adamw")]
        low, high = getattr(self._searched, name)
        if low == high:
            return
        middle = (low * high) ** 0.5
        for step in range(1, _STEPS * self.share.of):
            way = step * _STEP
            yield {**values, name: values[name] ** (1 - way) * middle**way}

    def _mark(self, point: Hyperparameters) -> Hyperparameters:
        if not self._by_head:
            return point
        return replace(point, unfrozen_stages=0, backbone_rate=Hyperparameters.backbone_rate)


def _digest(point: Hyperparameters) -> int:
    return int(hashlib.sha256(json.dumps(asdict(point), sort_keys=True).encode()).hexdigest()[:8], 16)
