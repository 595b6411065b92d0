"""The published task: is a solar cell defective? Both ways of drawing the line, by seeds, with one search for each.

The search sees 85 and 15 percent of what the first seed learns from. Other seeds deal the cells anew, so that cells
which they are asked about were seen by the search: it chose a dozen numbers, no weights; the first seed, which is free
of that, is told apart in the figures.
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
LINES = {"p >= 0.5": "half-or-more", "p > 0": "any"}  # from which probability a cell counts as defective


@dataclass(frozen=True)
class Outcome:
    """Of one way of drawing the line; fractions, by seed."""

    found: Mapping[str, Any]  # Contest.search's
    accuracy: tuple[float, ...]
    balanced_accuracy: tuple[float, ...]
    majority: float  # accuracy of always giving the commoner answer
    seconds: float  # of training the winners and asking them

    def figures(self) -> dict[str, Any]:
        """In JSON's terms."""
        return {
            "backbone": self.found["backbone"], "hyperparameters": self.found["point"],
            "validation_score": self.found["score"], "trials": len(self.found["trials"]),
            "accuracy": _figures(self.accuracy), "balanced_accuracy": _figures(self.balanced_accuracy),
            "majority_accuracy": self.majority, "search_s": self.found["seconds"], "winners_s": self.seconds,
        }  # fmt: skip


def outcome(line: str, cells: Cells, contest: Contest, seeds: int) -> Outcome:
    """Search, then train and ask the winner for every seed. line: one of LINES."""
    labels = (cells.probability >= 0.5 if line == "p >= 0.5" else cells.probability > 0).astype(np.int64)
    strata, name = cells.strata(), LINES[line]
    learned, _ = split(strata, TEST, seed=0)
    inner, validated = (learned[part] for part in split(strata[learned], VALIDATION, seed=0))
    found = contest.search(name, labels, inner, validated)
    accuracy, balanced, seconds = [], [], 0.0
    for seed in range(seeds):
        learned, answered = split(strata, TEST, seed)
        given = contest.answers(name, found, (labels, learned, answered), seed)
        truth, predicted = labels[answered], np.array(given["predicted"])
        accuracy.append(float((truth == predicted).mean()))
        balanced.append(metrics.balanced_accuracy(truth, predicted))
        seconds += given["seconds"]
    return Outcome(found, tuple(accuracy), tuple(balanced), metrics.majority_accuracy(labels), seconds)


def split(strata: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to answer, each in order, in proportion by stratum. share: of the latter."""
    learned, answered = train_test_split(np.arange(len(strata)), test_size=share, stratify=strata, random_state=seed)
    return np.sort(learned), np.sort(answered)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the mean of two or more values, by Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def _figures(values: Sequence[float]) -> dict[str, Any]:
    return {"mean": float(np.mean(values)), "interval": interval(values), "first_seed": values[0], "by_seed": values}
