"""Photographs of solar cells with a published table: whether a cell is defective, as experts judged it.

2,624 cells of 44 modules in electroluminescence, 300x300 pixels, grey, in the package elpv-dataset (CC BY-NC-SA 4.0):
for measuring only, downloaded when it is asked for, never installed and never passed on.
Source: Deitsch et al. 2019, https://doi.org/10.1016/j.solener.2019.02.067; Buerhop-Lutz et al. 2018,
https://doi.org/10.4229/35thEUPVSEC20182018-5CV.3.15.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import table
from components import package_index

WHEEL = "elpv_dataset-1.0.0.post1-py3-none-any.whl"
SHA256 = "85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c"
DATA = "elpv_dataset/data/"
DOWNLOADS = table.FOLDER / "quality" / "downloads"
# Accuracy in percent of the paper's fine-tuned VGG-19 and of its SVM on local features. With all its digits these are
# 527/596 and (491 1/3)/596 of 656 cells: doubtful ones seem to weigh their probability, see Cells.weights.
PUBLISHED = {"VGG-19, fine-tuned": 88.42, "SVM": 82.44}


@dataclass(frozen=True)
class Cells:
    """names, files (PNG) and kinds ("mono" or "poly") by cell; probability: (n,) of a defect: 0, 1/3, 2/3 or 1."""

    names: tuple[str, ...]
    files: tuple[bytes, ...]
    probability: np.ndarray
    kinds: np.ndarray

    def weights(self) -> np.ndarray:
        """(n,) how much a cell counts in the paper: doubtful ones pass for defective, with their probability."""
        return np.where(self.probability > 0, self.probability, 1.0)

    def strata(self) -> np.ndarray:
        """(n,) int: which judgement and kind of module a cell has; the paper's split keeps both in proportion."""
        return np.unique(self.kinds, return_inverse=True)[1] * 4 + np.round(3 * self.probability).astype(int)


def cells(downloads: Path, every: int = 1) -> Cells:
    """One cell in so many, in the table's order. Raises UnavailableError if the package cannot be had."""
    path = package_index.fetch("elpv-dataset", "1.0.0.post1", WHEEL, SHA256, str(downloads))
    listed = package_index.read_member(path, f"{DATA}labels.csv").decode().split()
    columns = (listed[0::3], listed[1::3], listed[2::3])  # separated by spaces, without a header
    names, probability, kinds = (column[::every] for column in columns)
    found = package_index.read_members(path, [DATA + name for name in names])
    return Cells(
        tuple(names), tuple(found[DATA + name] for name in names), np.array(probability, np.float64), np.array(kinds)
    )
