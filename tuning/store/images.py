"""What the cache is told of images: blocks that can be read, and which of their images are learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class ImageBlock(Protocol):
    """The images of one shard of one increment. It never changes."""

    @property
    def key(self) -> str:
        """Names the block in every run and on every machine: "<increment>/<split>-<shard>-of-<shards>"."""

    def ids(self) -> Sequence[str]:
        """Names of its images, in the shard's order. May read the whole shard."""

    def read(self, rows: np.ndarray, side_px: int) -> np.ndarray:
        """Images of these rows: uint8 (len(rows), side_px, side_px, 3)."""


@dataclass(frozen=True)
class ChosenImages:
    """The images of one block that are learned from, with their labels; those it does not name are passed over."""

    block: ImageBlock
    labels: Mapping[str, int]  # image id -> class


@dataclass(frozen=True)
class ArrayBlock:
    """A block whose images are in memory already, at the side that will be asked for."""

    key: str
    names: tuple[str, ...]
    images: np.ndarray  # (n, side, side, 3) uint8

    def ids(self) -> Sequence[str]:
        """See ImageBlock."""
        return self.names

    def read(self, rows: np.ndarray, side_px: int) -> np.ndarray:
        """See ImageBlock. Raises ValueError if another side is asked for."""
        if self.images.shape[1:3] != (side_px, side_px):
            raise ValueError(f"block {self.key} holds images of {self.images.shape[1:3]}, not of side {side_px}")
        return self.images[rows]
