"""A model's answers from the stored features of its frozen stages, as good as its own of the images.

Features of test images are computed once for all models that share starting weights and cut; the next retraining
computes those of new images alone. What is judged must be the model that is served, though. So the frozen stages in the
model's own file must have the digest of the starting weights; a sample of the images is also answered by the whole
model, from encoded pixels, and if anything differs by more than TOLERANCE all are; and where two brands lie so close
that a difference within it could exchange them, the whole model decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import keras
import numpy as np

from components import blocks, feature_source
from components.artifacts import Answered
from components.errors import StorageError
from components.evaluate.asked import Answers, Asked
from tuning import frozen
from tuning.frozen import Halves
from tuning.store import address
from tuning.store.planning import Demand

if TYPE_CHECKING:
    from tuning.features import Features
    from tuning.store.images import ImageBlock

# Of a probability. Rounding features to float16 moves one by about 0.001; other weights, pixels or labels move it by
# 0.1 and more.
TOLERANCE = 0.005
COMPARED = 256  # images spread evenly over the split: if one in a hundred differed, 12 such samples in 13 would show it
READINGS = 4.0  # of what is stored: by challenger and champion, now and after the next retraining
FEATURES_AT_ONCE, IMAGES_AT_ONCE = 256, 32


def answer(asked: Asked, network: keras.Model, on_images: Callable[[int], None]) -> Answers | Answered:
    """Answers to every image, or a note of why the whole model must give them all.

    network: the model's file, loaded. on_images: hears how many images are done.
    """
    halves = Halves.of(network)
    why = _why_not(asked, halves)
    if why or halves is None:
        return Answered(note=why)
    try:
        features, why = _features(asked, network, on_images)
    except (StorageError, OSError) as error:  # a full disk is no reason not to judge: the images are there
        why = f"the feature cache cannot be used: {error}"
    return Answered(note=why) if why else _compared(asked, network, halves, features)


def _why_not(asked: Asked, halves: Halves | None) -> str:
    model, images = asked.model, asked.images
    if not asked.features.after_search:
        return "search.features.after_search is off"
    if images <= 2 * COMPARED:
        return f"of {images} images {min(images, COMPARED)} would be compared, which leaves nothing to gain"
    if halves is None or model.frozen is None:
        return "it is not said what its frozen stages are"
    if asked.point.unfrozen_stages >= len(asked.backbone.stages):
        return "nothing of it is frozen"
    if frozen.digest_of(halves.features) != model.frozen.digest:
        return "its frozen stages are not the starting weights: it went on from a model that had learned"
    return ""


def _features(asked: Asked, network: keras.Model, on_images: Callable[[int], None]) -> tuple[Features, str]:
    """Stored features at the model's cut, and why they are not to be used."""
    backbone, point, side_px = asked.backbone, asked.point, asked.model.image_side_px
    source = feature_source.open_named(
        asked.snapshot, asked.data_root, backbone, asked.model.frozen.weights if asked.model.frozen else "",
        # The model's own weights: below its cut they are the starting weights, and nothing above it is asked for.
        lambda side: frozen.network_of(network, backbone, side, point),
        Demand({point.unfrozen_stages: READINGS}), asked.features, splits=(asked.split,),
        on_images=lambda done, _total: on_images(done),
    )  # fmt: skip
    features = source.features(asked.split, point.unfrozen_stages, side_px)
    cut = address.cut_name(backbone, point.unfrozen_stages)
    is_stored = bool(source.report.plans[side_px].source_of(cut))
    return features, "" if is_stored else f"storing features at {cut} would cost more than it saves"


def _compared(asked: Asked, network: keras.Model, halves: Halves, features: Features) -> Answers | Answered:
    rows, images = features.activations[0], _images(asked)
    starts = range(0, len(images), FEATURES_AT_ONCE)
    answers = np.concatenate([halves.trainable.predict_on_batch(rows[at : at + FEATURES_AT_ONCE]) for at in starts])
    both = to_compare(answers, COMPARED, TOLERANCE)
    whole = _of_images(network, [images[row] for row in both], asked.model.image_side_px)
    difference = float(np.abs(answers[both] - whole).max())
    if not difference <= TOLERANCE:  # also if it is no number
        note = f"from features a probability differs by {difference:.4f}, at most {TOLERANCE} may"
        return Answered(compared=len(both), max_difference=difference, note=note)
    answers[both] = whole
    answered = Answered(from_features=len(images) - len(both), compared=len(both), max_difference=difference)
    return Answers(tuple(image_id for _, _, image_id in images), answers, answered)


def to_compare(answers: np.ndarray, most: int, tolerance: float) -> np.ndarray:
    """Rows that the whole model answers, too: `most` spread evenly, and all whose brand a difference could change.

    answers: (n, classes), classes at least 2. tolerance: of a probability. Returns rows in order.
    """
    second, first = np.sort(answers, axis=1)[:, -2:].T
    spread = np.linspace(0, len(answers) - 1, min(most, len(answers))).round().astype(np.int64)
    return np.unique(np.concatenate([spread, np.flatnonzero(~(first - second > 2 * tolerance))]))


def _images(asked: Asked) -> list[tuple[ImageBlock, int, str]]:
    """Where each image is, in the order of features: its block, its row therein, its id."""
    return [
        (chosen.block, row, image_id)
        for chosen in blocks.chosen(asked.snapshot, asked.split)
        for row, image_id in enumerate(chosen.block.ids())
        if image_id in chosen.labels
    ]


def _of_images(network: keras.Model, images: Sequence[tuple[ImageBlock, int, str]], side_px: int) -> np.ndarray:
    """The whole model's answers (n, classes) from encoded pixels. images: block by block."""
    answers = []
    for block, places in groupby(images, key=lambda image: image[0]):
        rows = np.array([row for _, row, _ in places])
        for at in range(0, len(rows), IMAGES_AT_ONCE):
            answers.append(network.predict_on_batch(block.read(rows[at : at + IMAGES_AT_ONCE], side_px)))
    return np.concatenate(answers)
