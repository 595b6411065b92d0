"""Run one model over one split, in batches: the TensorFlow edge of evaluate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from components import storage
from components.artifacts import RegisteredModel, Snapshot, TrainedModel
from components.errors import BrandlensError
from components.predictions import Predictions

if TYPE_CHECKING:
    import tensorflow as tf

BATCH = 32


def predict(
    snapshot: Snapshot, model: TrainedModel | RegisteredModel, split: str, on_images: Callable[[int], None]
) -> Predictions:
    """The model's answers for every image of a split; on_images hears how many are done.

    The columns follow the snapshot's label map, whatever order the model learned it in.
    Raises BrandlensError if the model answers with something that is no probability.
    """
    from components.datasets import load_split
    from tuning import export

    dataset = load_split(snapshot, split, model.image_side_px).batch(BATCH)
    columns = [model.labels.index(label) for label in snapshot.labels]
    with storage.local_folder(model.uri) as folder:
        network = export.load_keras(folder)
        rows: list[dict[str, Any]] = []
        for batch in dataset:
            answers = np.asarray(network.predict_on_batch(batch["image"]), dtype=np.float64)[:, columns]
            rows.extend(_rows(batch, answers))
            on_images(len(rows))
    return _gather(rows, snapshot.labels, model.model_id)


def _rows(batch: dict[str, tf.Tensor], answers: np.ndarray) -> list[dict[str, Any]]:
    texts = {name: [text.decode() for text in batch[name].numpy()] for name in ("id", "uri", "source", "group")}
    return [
        {**{name: texts[name][row] for name in texts}, "label": label, "answer": answers[row]}
        for row, label in enumerate(batch["label"].numpy())
    ]


def _gather(rows: list[dict[str, Any]], names: tuple[str, ...], model_id: str) -> Predictions:
    answers = np.array([row["answer"] for row in rows]).reshape(len(rows), len(names))
    broken = int((~np.isfinite(answers)).any(axis=1).sum())
    if broken:
        raise BrandlensError(
            f"Model {model_id} answers {broken} of {len(rows)} images with not-a-number: its training diverged. "
            "Lower search.learning_rate.max."
        )
    return Predictions(
        names=names,
        ids=tuple(row["id"] for row in rows),
        uris=tuple(row["uri"] for row in rows),
        sources=tuple(row["source"] for row in rows),
        groups=tuple(row["group"] for row in rows),
        labels=np.array([row["label"] for row in rows], dtype=np.int64),
        probabilities=answers,
    )
