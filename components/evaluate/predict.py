"""Run one model over one split: the TensorFlow edge of evaluate."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from components import split_files, storage
from components.artifacts import Answered
from components.errors import BrandlensError
from components.evaluate import from_features
from components.evaluate.asked import Answers, Asked
from components.predictions import Predictions

BATCH = 32


def predict(asked: Asked, on_images: Callable[[int], None]) -> Predictions:
    """The model's answers for every image of a split; on_images hears how many are done.

    The columns follow the snapshot's label map, whatever order the model learned it in.
    Raises BrandlensError if the model answers with something that is no probability.
    """
    from tuning import export

    with storage.local_folder(asked.model.uri) as folder:
        network = export.load_keras(folder)
    found = from_features.answer(asked, network, on_images)
    if isinstance(found, Answered):
        print(f"Model {asked.model.model_id} is asked about the images themselves: {found.note}.", flush=True)
        found = _whole(asked, network, found, on_images)
    return _described(asked, found)


def _whole(asked: Asked, network: keras.Model, answered: Answered, on_images: Callable[[int], None]) -> Answers:
    """The whole model's answers."""
    from components.datasets import load_split

    ids: list[str] = []
    answers = [np.empty((0, network.outputs[0].shape[-1]), np.float32)]
    for batch in load_split(asked.snapshot, asked.split, asked.model.image_side_px).batch(BATCH):
        answers.append(np.asarray(network.predict_on_batch(batch["image"])))
        ids.extend(text.decode() for text in batch["id"].numpy())
        on_images(len(ids))
    return Answers(tuple(ids), np.concatenate(answers), answered)


def _described(asked: Asked, found: Answers) -> Predictions:
    """Answers with what the manifest says of their images."""
    labels, model = asked.snapshot.labels, asked.model
    answers = found.probabilities[:, [model.labels.index(label) for label in labels]].astype(np.float64)
    broken = int((~np.isfinite(answers)).any(axis=1).sum())
    if broken:
        raise BrandlensError(
            f"Model {model.model_id} answers {broken} of {len(answers)} images with not-a-number: its training "
            "diverged. Lower search.learning_rate.max."
        )
    columns = split_files.find(asked.snapshot, asked.split).columns
    place = {image_id: at for at, image_id in enumerate(columns["id"].tolist())}
    rows = np.array([place[image_id] for image_id in found.ids], np.int64)
    texts = {name: tuple(columns[name][rows].tolist()) for name in ("uri", "source", "group")}
    return Predictions(
        names=labels, ids=found.ids, uris=texts["uri"], sources=texts["source"], groups=texts["group"],
        labels=columns["label"][rows], probabilities=answers, answered=found.answered,
    )  # fmt: skip
