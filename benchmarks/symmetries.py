"""Pictures for the feature cache, turned over by the symmetries that do not change what they show."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from tuning.features import Features
from tuning.store.images import ChosenImages
from tuning.store.source import StoredSource

PLAIN = "plain"
# A cell has no up and no left; its busbars run one way, so that a quarter turn would make another picture.
TURNS: Mapping[str, tuple[Image.Transpose, ...]] = {
    PLAIN: (),
    "turned": (Image.Transpose.ROTATE_180,),
    "mirrored": (Image.Transpose.FLIP_LEFT_RIGHT,),
    "mirrored and turned": (Image.Transpose.FLIP_TOP_BOTTOM,),
}
_BLOCK = 128  # pictures: what a kill may lose


@dataclass(frozen=True)
class PictureBlock:
    """An ImageBlock of encoded images that are decoded, scaled and turned when they are read."""

    key: str
    names: tuple[str, ...]
    files: Sequence[bytes]
    turns: tuple[Image.Transpose, ...] = ()

    def ids(self) -> Sequence[str]:
        """See ImageBlock."""
        return self.names

    def read(self, rows: np.ndarray, side_px: int) -> np.ndarray:
        """See ImageBlock."""
        return np.stack([self._one(self.files[row], side_px) for row in rows])

    def _one(self, file: bytes, side_px: int) -> np.ndarray:
        image = Image.open(io.BytesIO(file)).convert("RGB")
        if image.size != (side_px, side_px):
            image = image.resize((side_px, side_px), Image.Resampling.LANCZOS)
        for turn in self.turns:
            image = image.transpose(turn)
        return np.asarray(image)


def splits(
    names: Sequence[str], files: Sequence[bytes], turns: Sequence[str]
) -> dict[str, list[ChosenImages]]:  # fmt: skip
    """For StoredSource, each view as a split of all pictures in their order; the labels are joined later."""

    def blocks(turn: str) -> list[ChosenImages]:
        starts = range(0, len(names), _BLOCK)
        made = [
            PictureBlock(
                f"{turn.replace(' ', '-')}/{start:06d}", tuple(names[start : start + _BLOCK]),
                files[start : start + _BLOCK], TURNS[turn],
            )
            for start in starts
        ]  # fmt: skip
        return [ChosenImages(block, dict.fromkeys(block.names, 0)) for block in made]

    return {turn: blocks(turn) for turn in turns}


class Chosen:
    """Some rows of stored features of equal length, counted through all of them, in an order of their own."""

    def __init__(self, stored: Sequence[Any], rows: np.ndarray) -> None:
        self._stored, self._rows, self._each = stored, rows, stored[0].shape[0]
        self.shape, self.dtype = (len(rows), *stored[0].shape[1:]), stored[0].dtype

    def __getitem__(self, index: Any) -> np.ndarray:
        """Rows of an int array, in its order."""
        rows = self._rows[index]
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for number, array in enumerate(self._stored):
            here = np.flatnonzero(rows // self._each == number)
            if len(here):
                found[here] = array[rows[here] % self._each]
        return found


@dataclass(frozen=True)
class Parts:
    """A FeatureSource of two parts of all pictures: which rows (k,) are learned from, and which are answered.

    labels: (n,) of all pictures. turns: PLAIN, then others; any augmentation means all of them.
    Validation is answered in all of these views whatever a trial learned from: the score of a few hundred pictures in
    one view is for the most part chance.
    """

    store: StoredSource
    turns: tuple[str, ...]
    labels: np.ndarray
    learned: np.ndarray
    answered: np.ndarray

    def at(self, unfrozen_stages: int, image_side_px: int, augmentation: str = "none") -> Mapping[str, Features]:
        """See FeatureSource."""
        every = [self.view(turn, unfrozen_stages, image_side_px) for turn in self.turns]
        seen = every[:1] if augmentation == "none" else every
        asked = np.concatenate([self.answered + len(self.labels) * number for number in range(len(every))])
        return {
            "training": Features([Chosen([view], self.learned) for view in seen], self.labels[self.learned]),
            "validation": Features([Chosen(every, asked)], np.tile(self.labels[self.answered], len(every))),
        }

    def view(self, turn: str, unfrozen_stages: int, image_side_px: int) -> Any:
        """All pictures in one view: (n, ...)."""
        return self.store.features(turn, unfrozen_stages, image_side_px).activations[0]
