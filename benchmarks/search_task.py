"""What every arm of bench-search and of bench-race is given: images, points, starting weights and seeds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from benchmarks import published_task, solar_cells
from benchmarks.features import SIDE_PX, drawings, pixels
from benchmarks.solar_cells import Cells
from components.config import SearchConfig
from components.tune import asking
from tuning import backbones, depths, space, weights
from tuning.backbones import Backbone
from tuning.model import Hyperparameters
from tuning.space import Space
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.trial import TrialSettings

BACKBONES = ("mobilenet_v2", "xception", "vgg16")
CLASSES, BATCH_SIZE, SEED = 2, 32, 0
OBJECTIVE = "balanced_accuracy"
Of = Literal["drawings", "cells"]


@dataclass(frozen=True)
class Task:
    """What is searched. trials: of a backbone. images: a quarter of them for validation.

    place: of the sample whose drawings are told apart, or the folder for downloads if solar cells are.
    """

    place: str
    images: int
    trials: int
    epochs: int
    of: Of = "drawings"

    @classmethod
    def sized(cls, quick: bool, place: Path | str, images: int, of: Of = "drawings") -> Task:
        """Eight trials of eight epochs; quick: a few of both, to see that it runs."""
        return cls(str(place), images, 4 if quick else 8, 2 if quick else 8, of)

    def settings(self, seed: int) -> TrialSettings:
        """How ours trains."""
        return TrialSettings(self.epochs, BATCH_SIZE, OBJECTIVE, seed)

    def points(self, backbone: Backbone, seed: int = SEED) -> list[Hyperparameters]:
        """The trials of a backbone, drawn from the default space: a Latin hypercube of its own for each and seed."""
        own = backbones.NAMES.index(backbone.name) + seed * len(backbones.NAMES)
        return [space.point(values) for values in space.sample(searched(backbone), self.trials, own)]

    def drawn(self, names: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The points of several backbones, in JSON's terms."""
        return [[asdict(point) for point in self.points(backbones.get(name))] for name in names]


def searched(backbone: Backbone) -> Space:
    """The default space, but for augmentation: stored views and live augmentation would not be the same work."""
    chosen = SearchConfig(
        unfrozen_stages=depths.spread(len(backbone.stages)), image_side_px=SIDE_PX, augmentation=("none",)
    )
    return asking.searched(chosen)


@dataclass(frozen=True)
class Pictures:
    """uint8 (n, SIDE_PX, SIDE_PX, 3) and their classes (n,), by split."""

    training: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]

    @property
    def count(self) -> int:
        """Of both splits."""
        return len(self.training[0]) + len(self.validation[0])

    def blocks(self) -> dict[str, list[ChosenImages]]:
        """As the feature cache wants them."""
        return {split: [_block(split, *getattr(self, split))] for split in ("training", "validation")}


def pictures(task: Task) -> Pictures:
    """The task's images: one subject's drawings of both brands are on one side. Raises UnavailableError for cells."""
    images, labels = (drawings if task.of == "drawings" else cells)(Path(task.place), task.images)
    cut = len(images) // 4
    return Pictures((images[cut:], labels[cut:]), (images[:cut], labels[:cut]))


def unseen(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """The cells that the task leaves out: images and labels. Raises UnavailableError."""
    every, left, _ = _dealt(Path(task.place), task.images)
    return _read(every, left)


def cells(downloads: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """As drawings: solar cells, defective from 0.5. Their quarters have each kind of cell in proportion."""
    every, _, chosen = _dealt(downloads, count)
    training, validation = published_task.split(every.strata()[chosen], count // 4, SEED)
    return _read(every, chosen[np.concatenate([validation, training])])


def _dealt(downloads: Path, count: int) -> tuple[Cells, np.ndarray, np.ndarray]:
    """All cells, the rows that are left, and those that are chosen."""
    every = solar_cells.cells(downloads)
    return (every, *published_task.split(every.strata(), count, SEED))


def _read(every: Cells, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    images = np.stack([pixels(io.BytesIO(every.files[row])) for row in rows])
    return images, published_task.labels(published_task.SEARCHED, every)[rows]


def _block(split: str, images: np.ndarray, labels: np.ndarray) -> ChosenImages:
    names = tuple(f"{split}-{number:05d}" for number in range(len(images)))
    block = ArrayBlock(f"first/{split}-00000", names, images)
    return ChosenImages(block, dict(zip(names, labels.tolist(), strict=True)))


def network(backbone: Backbone) -> keras.Model:
    """The backbone with its pretrained weights. Raises WeightsUnavailableError."""
    return weights.load(backbone, weights.resolve(backbone, "imagenet"), SIDE_PX, seed=0)
