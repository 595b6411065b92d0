"""The frozen part's activations, computed once and read by every trial of the same depth.

What the search trains on is a FeatureSource; where the activations lie is the source's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Features:
    """Activations at a cut with their labels.

    activations: one array-like for each stored view, the images as they are first. Each has `shape` (n, ...) and
    `dtype` float32 or float16 and is indexed by an int array, in any order, which gives an np.ndarray of those rows;
    it may be mapped from a file or joined from several. At depth 0 a row is model.pooled's vector (2 * channels,).
    labels: (n,) int64; row i of every view is of the same image.
    """

    activations: Sequence[Any]
    labels: np.ndarray

    def counts(self, classes: int) -> list[int]:
        """Images by class."""
        return np.bincount(self.labels, minlength=classes).tolist()


class FeatureSource(Protocol):
    """Where a search gets its features from: computes them or finds them."""

    def at(self, unfrozen_stages: int, image_side_px: int, augmentation: str = "none") -> Mapping[str, Features]:
        """The features at the cut below that many unfrozen stages of the network with its starting weights.

        augmentation: a strength of augmentation.STRENGTHS. "training" holds one view if it is "none", else as many as
        the source was told: view 0 is the images as they are, the others are changed with that strength. "validation"
        always holds one. Raises ValueError if a split is empty.
        """
