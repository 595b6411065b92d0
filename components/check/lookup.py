"""Reads the rows a second time for what only the whole census shows to be worth a look: leaks and originals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from components.check.census import Census
from components.check.nearness import Bars, Nearness, Pair
from components.check.sides import Sides, shorten
from components.manifest import ADMITTED, Row

LOOKED_AT = 20  # leaked names of each kind that are looked up; chance alone does not make more look equal


@dataclass(frozen=True)
class Leak:
    """Names of one kind that lie in more than one split. example: a path in one split and one in another."""

    count: int
    example: tuple[str, str]


@dataclass(frozen=True)
class Lookup:
    """What the second reading found."""

    leaks: dict[str, Leak]  # "group", "id" or "stored" -> those that there are
    originals: dict[str, Row]  # path -> the picture that is kept in place of the copies in the sample
    near: tuple[Pair, ...]
    judged: int  # test and validation images that were compared with all others


def look_up(rows: Iterable[Row], census: Census, bars: Bars) -> Lookup:
    """Read all rows once more. bars: up to where two pictures are near-duplicates."""
    nearness = Nearness([row for found in census.judged.items().values() for row in found], bars)
    kinds = {kind: _Names(sides) for kind, sides in _sides(census).items()}
    wanted, originals = census.copies.items(), {}
    for row in rows:
        if row.path in wanted:
            originals[row.path] = row
        if row.status == ADMITTED:
            nearness.add(row)
            for kind, names in kinds.items():
                if names.wanted:
                    names.see(getattr(row, kind), row)
    leaks = {kind: leak for kind, names in kinds.items() if (leak := names.leak())}
    return Lookup(leaks, originals, tuple(nearness.pairs()), nearness.judged)


def _sides(census: Census) -> dict[str, Sides]:
    return {"group": census.groups, "id": census.ids, "stored": census.stored}


class _Names:
    """The full names behind some shortened ones that seem to lie in several splits."""

    def __init__(self, sides: Sides) -> None:
        shortened = sides.straddling()
        self._count = len(shortened)
        self.wanted = {int(name) for name in shortened[:LOOKED_AT]}
        self._seen: dict[str, dict[str, str]] = {}  # name -> split -> the first path there

    def see(self, name: str, row: Row) -> None:
        if shorten(name) in self.wanted:
            self._seen.setdefault(name, {}).setdefault(row.split, row.path)

    def leak(self) -> Leak | None:
        leaked = sorted(name for name, places in self._seen.items() if len(places) > 1)
        if not leaked:
            return None
        first, second = sorted(self._seen[leaked[0]].values())[:2]
        return Leak(self._count - len(self.wanted) + len(leaked), (first, second))
