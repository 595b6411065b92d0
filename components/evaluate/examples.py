"""Which test images a person should look at."""

from __future__ import annotations

import numpy as np

from components.artifacts import Example, Examples
from components.predictions import Predictions

SHOWN = 12


def choose(predictions: Predictions, shown: int = SHOWN) -> Examples:
    """Up to `shown` wrong and `shown` right images."""
    right = predictions.predicted == predictions.labels
    return Examples(wrong=_pick(predictions, ~right, shown), right=_pick(predictions, right, shown))


def _pick(predictions: Predictions, among: np.ndarray, shown: int) -> tuple[Example, ...]:
    """The most confident of each class, then the second of each, and so on: no brand fills the page alone."""
    confidence = predictions.probabilities.max(axis=1)
    candidates = sorted(np.flatnonzero(among).tolist(), key=lambda image: (-confidence[image], predictions.ids[image]))
    seen: dict[int, int] = {}
    ranked: list[tuple[int, int]] = []  # (rank within the class, position by confidence)
    for position, image in enumerate(candidates):
        rank = seen.get(int(predictions.labels[image]), 0)
        seen[int(predictions.labels[image])] = rank + 1
        ranked.append((rank, position))
    return tuple(_example(predictions, candidates[position]) for _, position in sorted(ranked)[:shown])


def _example(predictions: Predictions, image: int) -> Example:
    predicted = int(predictions.predicted[image])
    return Example(
        id=predictions.ids[image],
        uri=predictions.uris[image],
        label=predictions.names[predictions.labels[image]],
        predicted=predictions.names[predicted],
        probability=float(predictions.probabilities[image, predicted]),
    )
