"""What search and training maximise, and the class weights that make the loss agree with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score, recall_score

DIRECTION = "max"  # of every objective here
GREATEST = 1.0  # score that there can be


def score(objective: str, probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Balanced accuracy or macro F1 over the classes that occur among the labels; greater is better.

    probabilities: (n, classes). labels: (n,), in [0, classes).
    Returns a fraction in [0, 1]. Raises ValueError if the objective is unknown or there are no labels.
    """
    labels = np.asarray(labels)
    if labels.size == 0:
        raise ValueError(f"{objective} of no images has no value: the split is empty.")
    metrics = {"balanced_accuracy": recall_score, "macro_f1": f1_score}
    if objective not in metrics:
        raise ValueError(f"There is no objective {objective!r}; known are {', '.join(metrics)}.")
    answers = np.asarray(probabilities).argmax(axis=-1)
    # Balanced accuracy is the mean recall. A class without images has none: it must not count as 0.
    return float(metrics[objective](labels, answers, labels=np.unique(labels), average="macro", zero_division=0))


def class_weights(counts: Sequence[int]) -> dict[int, float]:
    """Weights of the loss by class, so that every class that occurs weighs the same in all.

    counts: training images by class. Returns images / (classes that occur * images of the class); 1 for an absent one.
    """
    present = [count for count in counts if count]
    return {label: sum(present) / (len(present) * count) if count else 1.0 for label, count in enumerate(counts)}
