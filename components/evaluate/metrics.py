"""Figures of one model on one split. Pure: arrays in, figures out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, recall_score

from components.artifacts import ClassScore, ModelScore, SourceScore
from components.predictions import Predictions

DRAWS = 2000  # of the bootstrap: the ends of a 95 % interval then move by well under 0.01
DRAWS_AT_ONCE = 250  # bounds memory: 250 draws of 100,000 groups are 200 MB


def measure(predictions: Predictions, model_id: str, predictions_uri: str, seed: int) -> ModelScore:
    """Every figure of one model; seed decides the bootstrap's draws.

    Means over classes are taken over the classes that have images here. Raises ValueError if there is no image.
    """
    labels, predicted = predictions.labels, predictions.predicted
    if len(labels) == 0:
        raise ValueError("no images to measure a model on")
    classes = range(len(predictions.names))
    per_class = _per_class(labels, predicted, predictions.names)
    present = [score for score in per_class.values() if score.images]
    return ModelScore(
        model_id=model_id,
        images=len(labels),
        balanced_accuracy=balanced_accuracy(labels, predicted),
        balanced_accuracy_interval=interval(labels, predicted, _groups(predictions), len(classes), seed),
        macro_f1=float(np.mean([score.f1 for score in present])),
        accuracy=float(accuracy_score(labels, predicted)),
        per_class=per_class,
        confusion=tuple(map(tuple, confusion_matrix(labels, predicted, labels=classes).tolist())),
        by_source=by_source(labels, predicted, predictions.sources),
        predictions_uri=predictions_uri,
        answered=predictions.answered,
    )


def balanced_accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Mean recall over the classes that labels holds, in [0, 1]. Both (n,) class numbers."""
    # balanced_accuracy_score warns when a class is predicted that labels lacks; recall over named labels does not.
    return float(recall_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0))


def majority_accuracy(labels: np.ndarray) -> float:
    """The accuracy of always answering the most frequent class, in (0, 1]."""
    return float(np.bincount(labels).max() / len(labels))


def by_source(labels: np.ndarray, predicted: np.ndarray, sources: Sequence[str]) -> dict[str, SourceScore]:
    """Balanced accuracy within each source, over the classes that the source shows; in order of name."""
    where = np.asarray(sources)
    return {
        str(source): SourceScore(
            balanced_accuracy=balanced_accuracy(labels[where == source], predicted[where == source]),
            images=int(np.sum(where == source)),
        )
        for source in np.unique(where)
    }


def interval(
    labels: np.ndarray, predicted: np.ndarray, groups: Sequence[str], classes: int, seed: int
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of balanced accuracy, resampling groups: images of one group are not
    independent.

    labels, predicted: (n,) in [0, classes). groups: (n,) names. A class that a draw misses is left out of its mean.
    Source: Field and Welsh 2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x (the cluster bootstrap).
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = int(group.max()) + 1
    images, right = np.zeros((count, classes)), np.zeros((count, classes))  # (groups, classes)
    np.add.at(images, (group, labels), 1)
    np.add.at(right, (group, labels), labels == predicted)
    generator = np.random.default_rng(seed)
    draws = [
        _mean_recall(generator.multinomial(count, np.full(count, 1 / count), size=size), images, right)
        for size in _sizes(DRAWS, DRAWS_AT_ONCE)
    ]
    low, high = np.quantile(np.concatenate(draws), [0.025, 0.975])
    return float(low), float(high)


def _mean_recall(weights: np.ndarray, images: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(draws, groups) times each group is drawn -> (draws,) balanced accuracy."""
    seen = weights @ images
    recall = np.divide(weights @ right, seen, out=np.zeros_like(seen), where=seen > 0)
    return recall.sum(axis=1) / (seen > 0).sum(axis=1)


def _sizes(total: int, most: int) -> list[int]:
    return [most] * (total // most) + ([total % most] if total % most else [])


def _groups(predictions: Predictions) -> list[str]:
    """An image without a group stands for itself."""
    return [group or image for group, image in zip(predictions.groups, predictions.ids, strict=True)]


def _per_class(labels: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> dict[str, ClassScore]:
    columns = precision_recall_fscore_support(labels, predicted, labels=range(len(names)), zero_division=0)
    return {
        name: ClassScore(precision=float(precision), recall=float(recall), f1=float(f1), images=int(images))
        for name, precision, recall, f1, images in zip(names, *columns, strict=True)
    }
