"""The published task: is a solar cell defective? Two ways of drawing the line, five ways of dealing the cells.

One search serves all: it sees 85 and 15 percent of what the first seed learns from, with the line at one half. Other
seeds deal the cells anew, so that they are asked about cells which the search saw: it chose a dozen settings, no
weights. The first seed, which is free of that, is told apart in the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from sklearn.model_selection import train_test_split

from benchmarks.contest import Contest
from benchmarks.solar_cells import Cells
from components.evaluate import metrics

TEST, VALIDATION = 0.25, 0.15  # of all cells; of those that are not for testing
SEARCHED = "p >= 0.5"
LINES = {SEARCHED: "half-or-more", "p > 0": "any"}  # from which probability a cell counts as defective


@dataclass(frozen=True)
class Outcome:
    """Of one way of drawing the line; fractions, by seed."""

    accuracy: tuple[float, ...]
    balanced_accuracy: tuple[float, ...]
    weighted_accuracy: tuple[float, ...]  # doubtful cells count as in the paper, see Cells.weights
    majority: float  # accuracy of always giving the commoner answer
    seconds: float  # of training the winners and asking them

    def figures(self) -> dict[str, Any]:
        """In JSON's terms."""
        return {
            "accuracy": _figures(self.accuracy), "balanced_accuracy": _figures(self.balanced_accuracy),
            "weighted_accuracy": _figures(self.weighted_accuracy), "majority_accuracy": self.majority,
            "winners_s": self.seconds,
        }  # fmt: skip


def found(cells: Cells, contest: Contest) -> dict[str, Any]:
    """The search's winner, see Contest.search."""
    learned, _ = split(cells.strata(), TEST, seed=0)
    inner, validated = (learned[part] for part in split(cells.strata()[learned], VALIDATION, seed=0))
    return contest.search("cells", labels(SEARCHED, cells), inner, validated)


def outcome(line: str, cells: Cells, contest: Contest, winner: Mapping[str, Any], seeds: int) -> Outcome:
    """Train and ask the winner for every seed. line: one of LINES. winner: see found."""
    truths, seconds = labels(line, cells), 0.0
    accuracy, balanced, weighted = [], [], []
    for seed in range(seeds):
        learned, answered = split(cells.strata(), TEST, seed)
        given = contest.answers(LINES[line], winner, (truths, learned, answered), seed)
        truth, predicted = truths[answered], np.array(given["predicted"])
        accuracy.append(float((truth == predicted).mean()))
        weighted.append(float(np.average(truth == predicted, weights=cells.weights()[answered])))
        balanced.append(metrics.balanced_accuracy(truth, predicted))
        seconds += given["seconds"]
    return Outcome(tuple(accuracy), tuple(balanced), tuple(weighted), metrics.majority_accuracy(truths), seconds)


def labels(line: str, cells: Cells) -> np.ndarray:
    """(n,) 1 for cells that are defective, 0 for sound ones. line: one of LINES."""
    return (cells.probability >= 0.5 if line == SEARCHED else cells.probability > 0).astype(np.int64)


def split(strata: np.ndarray, size: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to answer, each in order, in proportion by stratum.

    size: of the latter, as scikit-learn's test_size: a float is their share, an int their number.
    """
    learned, answered = train_test_split(np.arange(len(strata)), test_size=size, stratify=strata, random_state=seed)
    return np.sort(learned), np.sort(answered)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the mean of two or more values, by Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def _figures(values: Sequence[float]) -> dict[str, Any]:
    return {"mean": float(np.mean(values)), "interval": interval(values), "first_seed": values[0], "by_seed": values}
