"""What pictures look like, in figures: how they are distributed over a snapshot, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from components.manifest import Row

BINS = 512  # fine enough for tenths and drawings; two histograms of them can be compared bin by bin
BATCH = 65_536
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Figure:
    """One figure of a picture: its unit, the range that is told apart, and how it follows from a row's columns."""

    name: str
    unit: str
    low: float
    high: float
    of: Callable[[Columns], np.ndarray]
    logarithmic: bool = False  # the bins are equal in the logarithm
    needs_colour: bool = True  # a row whose colours are all 0 was not measured, and is left out


def _brightness(columns: Columns) -> np.ndarray:
    """ITU-R BT.601 luma."""
    return 0.299 * columns["red"] + 0.587 * columns["green"] + 0.114 * columns["blue"]


def _saturation(columns: Columns) -> np.ndarray:
    colours = np.stack([columns["red"], columns["green"], columns["blue"]])
    high = colours.max(axis=0)
    return 100 * (high - colours.min(axis=0)) / np.maximum(high, 1e-9)


FIGURES = (
    Figure("size", "megapixels", 1e-3, 1e3, lambda c: c["width"] * c["height"] / 1e6, True, False),
    Figure("shape", "width / height", 0.1, 10, lambda c: c["width"] / np.maximum(c["height"], 1), True, False),
    Figure("brightness", "of 255", 0, 255, _brightness),
    Figure("contrast", "of 127.5", 0, 127.5, lambda c: c["contrast"]),
    Figure("saturation", "% of the mean colour", 0, 100, _saturation),
    Figure("red", "of 255", 0, 255, lambda c: c["red"]),
    Figure("green", "of 255", 0, 255, lambda c: c["green"]),
    Figure("blue", "of 255", 0, 255, lambda c: c["blue"]),
)
COLUMNS = ("width", "height", "red", "green", "blue", "contrast")


@dataclass
class Histogram:
    """Counts of one figure in BINS equal bins; values outside the range lie in the outermost ones."""

    figure: Figure
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))
    total: float = 0.0

    def add(self, values: np.ndarray) -> None:
        """Count values, (n,)."""
        scaled = np.log(np.maximum(values, 1e-9)) if self.figure.logarithmic else values
        low, high = self._range()
        places = ((scaled - low) / (high - low) * BINS).astype(np.int64).clip(0, BINS - 1)
        self.counts += np.bincount(places, minlength=BINS)
        self.total += float(values.sum())

    @property
    def images(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Of the values themselves; 0 if there are none."""
        return self.total / self.images if self.images else 0.0

    def edges(self, places: Sequence[int]) -> list[float]:
        """The values at bin borders. places: in [0, BINS]."""
        low, high = self._range()
        at = low + np.asarray(places) / BINS * (high - low)
        return [float(value) for value in (np.exp(at) if self.figure.logarithmic else at)]

    def within(self, places: Sequence[int]) -> list[int]:
        """Images between consecutive bin borders; one fewer than places."""
        sums = np.concatenate([[0], np.cumsum(self.counts)])
        return [int(count) for count in np.diff(sums[list(places)])]

    def tenths(self) -> list[int]:
        """Bin borders that cut the images into tenths, from 0 to BINS; fewer where many share one bin."""
        sums = np.cumsum(self.counts)
        inner = [int(np.searchsorted(sums, sums[-1] * tenth / 10)) + 1 for tenth in range(1, 10)]
        return sorted({0, *inner, BINS})

    def _range(self) -> tuple[float, float]:
        low, high = self.figure.low, self.figure.high
        return (float(np.log(low)), float(np.log(high))) if self.figure.logarithmic else (low, high)


class Pictures:
    """The figures of the rows that were added."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, ...]] = []
        self._counted = {figure.name: Histogram(figure) for figure in FIGURES}

    def add(self, row: Row) -> None:
        """Take a row's figures in."""
        self._waiting.append((row.width, row.height, row.red, row.green, row.blue, row.contrast))
        if len(self._waiting) == BATCH:
            self._count()

    def histograms(self) -> dict[str, Histogram]:
        """Name of the figure -> how it is distributed."""
        self._count()
        return self._counted

    def _count(self) -> None:
        if not self._waiting:
            return
        columns = dict(zip(COLUMNS, np.array(self._waiting, np.float64).T, strict=True))
        self._waiting = []
        measured = {
            False: columns["width"] * columns["height"] > 0,
            True: columns["red"] + columns["green"] + columns["blue"] + columns["contrast"] > 0,
        }
        for histogram in self._counted.values():
            kept = measured[histogram.figure.needs_colour]
            histogram.add(histogram.figure.of(columns)[kept])
