"""Which images to ask again, and whether two sets of answers are the same. Pure."""

from __future__ import annotations

import numpy as np

from components.artifacts import Verification
from components.errors import BrandlensError
from components.predictions import Predictions

IMAGES = 64  # enough that one swapped colour channel or a lost rotation shows, few enough for seconds on a CPU

# Judging saw the stored picture (JPEG of quality 98), serving sees the raw bytes: features then agree with a cosine of
# about 0.998, which moves probabilities by about 0.01 and flips only images on the border between two brands.
# Exchanged colour channels, a missing rescaling or ignored rotation move them by 0.1 and more.
MIN_SAME_ANSWERS = 0.95
MAX_MEAN_DIFFERENCE = 0.05
FLIPS_FORGIVEN = 1  # below 20 images one flip on a border would already be more than 5 %


def choose(predictions: Predictions, most: int = IMAGES) -> list[int]:
    """Positions of up to `most` images: the first of each class in order of id, then the second of each, and so on."""
    rank: dict[int, int] = {}
    ranked = []
    for image in sorted(range(len(predictions.ids)), key=lambda image: predictions.ids[image]):
        label = int(predictions.labels[image])
        rank[label] = rank.get(label, -1) + 1
        ranked.append((rank[label], label, image))
    return [image for _, _, image in sorted(ranked)[:most]]


def compare(model_id: str, judged: np.ndarray, served: np.ndarray, left_out: dict[str, int]) -> Verification:
    """Figures of two sets of answers to the same images, both (n, classes) with rows that sum to 1.

    Raises BrandlensError if n is 0 or the answers are not the same within the bounds above.
    """
    if not len(judged):
        raise BrandlensError(
            f"Model {model_id} cannot be verified: none of the chosen test images could be answered from its raw "
            f"file ({_counts(left_out)}). Put the raw files back where they were listed and run again."
        )
    difference = np.abs(judged - served)
    same = np.argmax(judged, axis=1) == np.argmax(served, axis=1)
    verification = Verification(
        model_id=model_id,
        images=len(judged),
        max_difference=float(difference.max()),
        mean_difference=float(difference.max(axis=1).mean()),
        same_answers=float(same.mean()),
        left_out=left_out,
    )
    flips = int((~same).sum())
    too_many = verification.same_answers < MIN_SAME_ANSWERS and flips > FLIPS_FORGIVEN
    if too_many or not verification.mean_difference <= MAX_MEAN_DIFFERENCE:
        raise BrandlensError(
            f"The exported model {model_id} does not answer as the judged one: {flips} of {len(judged)} images get "
            f"another brand (at most {1 - MIN_SAME_ANSWERS:.0%} may), probabilities differ by "
            f"{verification.mean_difference:.3f} on average (at most {MAX_MEAN_DIFFERENCE:.3f}) and "
            f"{verification.max_difference:.3f} at most. It is not promoted. If small raw images were stored as "
            "JPEG, data.stored_format: png removes that difference; otherwise the export is broken."
        )
    return verification


def _counts(left_out: dict[str, int]) -> str:
    return ", ".join(f"{reason}: {images}" for reason, images in left_out.items()) or "there was none"
