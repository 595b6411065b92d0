"""Rows by index, wherever they lie: mapped from many files, decoded, or computed from other rows.

All of these have `shape` (n, ...), `dtype` and a length, and give an np.ndarray for an int array in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np


class Rows(Protocol):
    """An array that need not be in memory."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, ...)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of what indexing gives."""

    def __len__(self) -> int:
        """How many rows there are."""

    def __getitem__(self, index: Any) -> np.ndarray:
        """Rows of an int array or a slice, in its order; one row of an int."""


class _Indexed:
    """Understands slices and single places; the rest is by int array."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape, self.dtype = shape, dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        places = np.arange(len(self))[index]
        found = self._take(np.atleast_1d(places))
        return found if np.ndim(places) else found[0]

    def _take(self, places: np.ndarray) -> np.ndarray:
        """Rows of places, each in [0, n)."""
        raise NotImplementedError


class Joined(_Indexed):
    """Chosen rows of several arrays, one after the other; nothing is copied before it is asked for."""

    def __init__(self, arrays: Sequence[np.ndarray], chosen: Sequence[np.ndarray]) -> None:
        """chosen: for each array the rows that count, int64. Raises ValueError if there is no array."""
        if not arrays:
            raise ValueError("There is nothing to join: the split is empty.")
        self._arrays = [np.asarray(array) for array in arrays]  # np.memmap's own indexing is slower
        self._rows = np.concatenate([np.asarray(rows, np.int64) for rows in chosen])
        self._ends = np.cumsum([len(rows) for rows in chosen])
        dtype = np.result_type(*{array.dtype for array in self._arrays})
        super().__init__((len(self._rows), *self._arrays[0].shape[1:]), dtype)

    def _take(self, places: np.ndarray) -> np.ndarray:
        rows, which = self._rows[places], np.searchsorted(self._ends, places, side="right")
        if len(self._arrays) == 1:
            return self._arrays[0][rows]
        found = np.empty((len(places), *self.shape[1:]), self.dtype)
        for array in np.unique(which):
            here = np.flatnonzero(which == array)
            found[here] = self._arrays[array][rows[here]]
        return found


class Computed(_Indexed):
    """Rows that a function makes of other rows each time they are asked for."""

    def __init__(
        self, base: Rows, function: Callable[[np.ndarray, np.ndarray], np.ndarray], row_shape: tuple[int, ...]
    ) -> None:
        """function: (places, the base's rows of these places) -> (k, *row_shape) float32."""
        self._base, self._function = base, function
        super().__init__((len(base), *row_shape), np.dtype(np.float32))

    def _take(self, places: np.ndarray) -> np.ndarray:
        return self._function(places, self._base[places])


class Decoded(_Indexed):
    """Images that are read from their blocks each time they are asked for: slow, and takes no room."""

    def __init__(
        self, readers: Sequence[Callable[[np.ndarray], np.ndarray]], chosen: Sequence[np.ndarray], side_px: int
    ) -> None:
        """readers: for each block, rows -> uint8 (k, side_px, side_px, 3). chosen: for each block the rows."""
        self._readers, self._rows = readers, np.concatenate([np.asarray(rows, np.int64) for rows in chosen])
        self._ends = np.cumsum([len(rows) for rows in chosen])
        super().__init__((len(self._rows), side_px, side_px, 3), np.dtype(np.uint8))

    def _take(self, places: np.ndarray) -> np.ndarray:
        rows, which = self._rows[places], np.searchsorted(self._ends, places, side="right")
        found = np.empty((len(places), *self.shape[1:]), self.dtype)
        for block in np.unique(which):
            here = np.flatnonzero(which == block)
            found[here] = self._readers[block](rows[here])
        return found
