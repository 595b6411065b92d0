"""Which rows of the blocks are learned from, in what order, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuning.store.images import ChosenImages
from tuning.store.shelf import Shelf


@dataclass(frozen=True)
class Index:
    """The rows of one block that are learned from."""

    rows: np.ndarray  # (k,) int64
    labels: np.ndarray  # (k,) int64

    @staticmethod
    def of(chosen: ChosenImages, ids: Sequence[str]) -> Index:
        """ids: of the whole block. Raises ValueError if it lacks an image that is learned from."""
        rows = [row for row, name in enumerate(ids) if name in chosen.labels]
        if len(rows) != len(chosen.labels):
            raise ValueError(
                f"block {chosen.block.key} lacks {len(chosen.labels) - len(rows)} of the {len(chosen.labels)} images "
                "that the manifest says it holds"
            )
        return Index(np.array(rows, np.int64), np.array([chosen.labels[ids[row]] for row in rows], np.int64))


class Members:
    """The images of each split. A split's rows are its blocks' one after the other, each in its shard's order."""

    def __init__(self, splits: Mapping[str, Sequence[ChosenImages]], shelf: Shelf) -> None:
        self.splits = splits
        self._shelf = shelf
        self._indexes: dict[str, list[Index]] = {}

    def ids_of(self, chosen: ChosenImages) -> Sequence[str]:
        """Names of all images of a block: from features of it that were opened, else from the shard itself."""
        return self._shelf.ids_of(chosen.block.key) or chosen.block.ids()

    def index(self, split: str) -> list[Index]:
        """Of each block. Raises ValueError; see Index.of."""
        if split not in self._indexes:
            self._indexes[split] = [Index.of(chosen, self.ids_of(chosen)) for chosen in self.splits[split]]
        return self._indexes[split]

    def labels(self, split: str) -> np.ndarray:
        """Classes, (n,) int64, in the order of rows."""
        return np.concatenate([index.labels for index in self.index(split)])

    def names(self, split: str) -> list[str]:
        """Ids in the order of rows."""
        pairs = zip(map(self.ids_of, self.splits[split]), self.index(split), strict=True)
        return [ids[row] for ids, index in pairs for row in index.rows]
