"""Which cuts to keep: a pure decision from measured costs and a budget of bytes.

Every requested cut is either read, or computed each time from the nearest kept cut below it. Keeping a cut costs one
computation and one writing; what it saves grows with the passes that a search makes over it. The best choice is found
exactly: what a cut costs depends on nothing below the last kept one, so choices are extended from the pixels upwards,
and of those with the same last kept cut only such survive as no other beats in both seconds and bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuning.store.address import IMAGES


@dataclass(frozen=True)
class CutCost:
    """A cut that may be kept. The first is the images themselves, whose forward_s is reading and decoding one."""

    name: str
    row_bytes: int  # of one image as it is stored
    forward_s: float  # of one image, from the cut before it in the list
    passes: float  # how often the search goes through all its images at this cut; 0 if it only serves others
    missing: float = 1.0  # share of its rows that are not stored yet, [0, 1]


@dataclass(frozen=True)
class Work:
    """What is the same for all cuts."""

    rows: int  # stored for a cut that is kept: every image in every view
    rows_a_pass: int  # read in one pass
    read_bytes_a_s: float
    write_bytes_a_s: float
    budget_bytes: float


@dataclass(frozen=True)
class Verdict:
    """What becomes of one cut."""

    cut: str
    keep: bool
    computed_from: str  # the cut that it is computed from in each pass; itself if it is kept; "" for the raw images
    bytes: int  # if it is kept
    read_s: float  # of one image, if it is kept
    compute_s: float  # of one image from the nearest kept cut below, reading that included
    why: str


@dataclass(frozen=True)
class Plan:
    """What to keep, from the images upwards."""

    verdicts: tuple[Verdict, ...]
    seconds: float  # expected of filling, reading and recomputing; without what is above the cuts

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the cuts to keep, the lowest first."""
        return tuple(verdict.cut for verdict in self.verdicts if verdict.keep)

    @property
    def bytes(self) -> int:
        """Of all that is kept."""
        return sum(verdict.bytes for verdict in self.verdicts if verdict.keep)

    def source_of(self, cut: str) -> str:
        """The kept cut from which a requested one is had: itself, one below it, or "" for the raw images."""
        return next(verdict.computed_from for verdict in self.verdicts if verdict.cut == cut)

    def table(self) -> str:
        """The decision for a person."""
        lines = [f"{'cut':14} {'kept':5} {'MB':>9} {'read ms':>8} {'compute ms':>10}  why"]
        for row in self.verdicts:
            kept = "yes" if row.keep else "no"
            numbers = f"{row.bytes / 1e6:9.1f} {row.read_s * 1e3:8.3f} {row.compute_s * 1e3:10.3f}"
            lines.append(f"{row.cut:14} {kept:5} {numbers}  {row.why}")
        return "\n".join(lines)


def plan(cuts: Sequence[CutCost], work: Work) -> Plan:
    """The cheapest choice that fits the budget. cuts: from the images upwards. Raises ValueError if not."""
    if not cuts or cuts[0].name != IMAGES:
        raise ValueError(f"the lowest cut must be {IMAGES}, got {[cut.name for cut in cuts]}")
    best = _best(cuts, work, work.budget_bytes)
    unlimited = _best(cuts, work, float("inf")).kept
    verdicts = tuple(_verdict(place, cuts, work, best.kept, unlimited) for place in range(len(cuts)))
    return Plan(verdicts, best.seconds)


@dataclass(frozen=True)
class _Choice:
    """Which of the cuts so far are kept, by their places."""

    kept: tuple[int, ...]
    bytes: float
    seconds: float

    @property
    def last(self) -> int:
        return self.kept[-1] if self.kept else -1


def _best(cuts: Sequence[CutCost], work: Work, budget: float) -> _Choice:
    choices = [_Choice((), 0.0, 0.0)]
    for place in range(len(cuts)):
        extended = [_extend(choice, place, cuts, work, keep) for choice in choices for keep in (False, True)]
        choices = _undominated([choice for choice in extended if choice.bytes <= budget])
    return min(choices, key=lambda choice: (choice.seconds, choice.bytes))


def _extend(choice: _Choice, place: int, cuts: Sequence[CutCost], work: Work, keep: bool) -> _Choice:
    cut = cuts[place]
    last = place if keep else choice.last
    seconds = choice.seconds + cut.passes * work.rows_a_pass * _row_s(place, last, cuts, work)
    if not keep:
        return _Choice(choice.kept, choice.bytes, seconds)
    # One pass fills all cuts, so a cut's share of it begins where the kept one below it ends.
    fill_s = _forward_s(choice.last, place, cuts) + cut.row_bytes / work.write_bytes_a_s
    rows_bytes = cut.row_bytes * work.rows
    return _Choice((*choice.kept, place), choice.bytes + rows_bytes, seconds + cut.missing * work.rows * fill_s)


def _undominated(choices: Sequence[_Choice]) -> list[_Choice]:
    survivors: list[_Choice] = []
    least: dict[int, float] = {}
    for choice in sorted(choices, key=lambda choice: (choice.bytes, choice.seconds)):
        if choice.seconds < least.get(choice.last, float("inf")):
            least[choice.last] = choice.seconds
            survivors.append(choice)
    return survivors


def _row_s(place: int, last: int, cuts: Sequence[CutCost], work: Work) -> float:
    """Seconds to have one image's row at a cut, if `last` is the nearest kept one, -1 if there is none."""
    read = cuts[last].row_bytes / work.read_bytes_a_s if last >= 0 else 0.0
    return read + _forward_s(last, place, cuts)


def _forward_s(below: int, place: int, cuts: Sequence[CutCost]) -> float:
    return sum(cut.forward_s for cut in cuts[below + 1 : place + 1])


def _verdict(place: int, cuts: Sequence[CutCost], work: Work, kept: Sequence[int], unlimited: Sequence[int]) -> Verdict:
    cut, keep = cuts[place], place in kept
    below = max((other for other in kept if other < place), default=-1)
    source = cut.name if keep else (cuts[below].name if below >= 0 else "")
    read_s, compute_s = _row_s(place, place, cuts, work), _row_s(place, below, cuts, work)
    start = f"from {cuts[below].name}" if below >= 0 else "from the image files"
    if keep:
        why = f"computing it {start} costs {compute_s / read_s:.1f} times as much as reading it" if cut.passes else (
            "what is above it starts here")  # fmt: skip
    elif place in unlimited:
        why = f"its {cut.row_bytes * work.rows / 1e6:.0f} MB do not fit beside what saves more; computed {start}"
    elif cut.passes:
        why = f"keeping it would cost more than it saves; computed {start}"
    else:
        why = "nothing would start here"
    return Verdict(cut.name, keep, source, cut.row_bytes * work.rows, read_s, compute_s, why)
