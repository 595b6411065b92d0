"""The sample set whole: which of two brands drew it? Every subject is on one side of the split, in both drawings."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from benchmarks import table
from benchmarks.candidates import Pictures
from benchmarks.contest import Contest
from components.evaluate import metrics
from components.sample_data.sample import make

ALL = 3964  # subjects that both brands have
TEST, VALIDATION = 0.25, 0.15  # of all subjects; of those that are not for testing


@dataclass(frozen=True)
class Drawings:
    """labels: (n,) brand; groups: (n,) subject."""

    pictures: Pictures
    labels: np.ndarray
    groups: np.ndarray


def folder_of(subjects: int) -> Path:
    """The sample of that many subjects, made unless it is there."""
    return Path(make(str(table.FOLDER / f"sample-{subjects}"), subjects).folder)


def drawings(subjects: int) -> Drawings:
    """What is in the sample of that many subjects."""
    folder = folder_of(subjects)
    rows = list(csv.DictReader(io.StringIO((folder / "manifest.csv").read_text(encoding="utf-8"))))
    brands = sorted({row["label"] for row in rows})
    names = tuple(row["uri"] for row in rows)
    return Drawings(
        Pictures(names, tuple((folder / name).read_bytes() for name in names)),
        np.array([brands.index(row["label"]) for row in rows], np.int64),
        np.array([row["group"] for row in rows]),
    )


def figures(drawn: Drawings, contest: Contest) -> tuple[dict[str, Any], dict[str, Any]]:
    """The search's winner, see Contest.search; and what it answered once. The interval resamples subjects."""
    labels, groups = drawn.labels, drawn.groups
    learned, answered = split(groups, np.arange(len(labels)), TEST)
    found = contest.search("brands", labels, *split(groups, learned, VALIDATION))
    given = contest.answers("brands", found, (labels, learned, answered), 0)
    truth, predicted = labels[answered], np.array(given["predicted"])
    measured = {
        "images": len(labels), "test_images": len(answered), "wrong": int((truth != predicted).sum()),
        "balanced_accuracy": metrics.balanced_accuracy(truth, predicted),
        "interval": metrics.interval(truth, predicted, groups[answered].tolist(), classes=2, seed=0),
        "winners_s": given["seconds"],
    }  # fmt: skip
    return found, measured


def split(groups: np.ndarray, rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to answer, of those given. share: of the latter's subjects."""
    splitter = GroupShuffleSplit(n_splits=1, test_size=share, random_state=0)
    learned, answered = next(splitter.split(rows, groups=groups[rows]))
    return rows[learned], rows[answered]
