"""The simplest source of features: computes them when they are first asked for, into files of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning import augmentation as augmentations
from tuning import model
from tuning.backbones import Backbone
from tuning.features import Features

# Batches of (images uint8 (n, side, side, 3), labels (n,)) of a split, in a fixed order, for a side.
Images = Callable[[int], Iterable[tuple[np.ndarray, np.ndarray]]]


class InProcessSource:
    """Features in .npy files of a scratch folder, mapped: memory stays flat however many images there are.

    network: gives the backbone with its starting weights for a side. views: how many of an augmented training split.
    """

    def __init__(
        self, network: Callable[[int], keras.Model], backbone: Backbone, images: Mapping[str, Images], scratch: str,
        views: int = 2, seed: int = 0,
    ) -> None:  # fmt: skip
        self._network, self._backbone, self._images = network, backbone, images
        self._scratch, self._views, self._seed = Path(scratch), views, seed
        self._made: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray]] = {}

    def at(self, unfrozen_stages: int, image_side_px: int, augmentation: str = "none") -> Mapping[str, Features]:
        """See FeatureSource."""
        strengths = ["none"] + [augmentation] * (self._views - 1 if augmentation != "none" else 0)
        views = [
            self._view("training", unfrozen_stages, image_side_px, strength, number)
            for number, strength in enumerate(strengths)
        ]
        validation = self._view("validation", unfrozen_stages, image_side_px, "none", 0)
        return {
            "training": Features([view for view, _ in views], views[0][1]),
            "validation": Features([validation[0]], validation[1]),
        }

    def _view(self, split: str, depth: int, side_px: int, strength: str, number: int) -> tuple[np.ndarray, np.ndarray]:
        key = (split, depth, side_px, strength, number)
        if key not in self._made:
            network = self._network(side_px)
            frozen = model.split(network, self._backbone, depth).features
            changed = augmentations.layers(augmentations.STRENGTHS[strength], self._seed + 100 * number)
            images = (
                (pixels if strength == "none" else changed(pixels.astype(np.float32), training=True), labels)
                for pixels, labels in self._images[split](side_px)
            )
            self._made[key] = store(frozen, images, self._scratch / ("-".join(map(str, key)) + ".npy"), split)
        return self._made[key]


def store(
    frozen: keras.Model, images: Iterable[tuple[Any, np.ndarray]], path: Path, split: str
) -> tuple[np.ndarray, np.ndarray]:
    """Run batches of (images, labels) through the frozen part into a file: activations, mapped, and labels.

    Raises ValueError if there are no images.
    """
    labels: list[np.ndarray] = []
    with path.open("wb") as file:
        for pixels, of_batch in images:
            activations = frozen.predict_on_batch(keras.ops.cast(pixels, "float32"))
            file.write(np.ascontiguousarray(activations, np.float32).tobytes())
            labels.append(np.asarray(of_batch, np.int64))
    if not labels:
        raise ValueError(f"There are no {split} images to compute features of: the split is empty.")
    joined = np.concatenate(labels)
    shape = (len(joined), *frozen.outputs[0].shape[1:])
    return np.memmap(path, np.float32, "r", shape=shape), joined
