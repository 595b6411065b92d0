"""How a batch is cut: into pieces that memory holds, one after the other, and among devices.

Mixup blends a row with the one across, so a row and the one across stay in one piece wherever a piece has two rows, and
across from each other: what a training learns then does not depend on how its batches are cut.
"""

from __future__ import annotations

import numpy as np


def pieces(size: int, parts: int) -> list[np.ndarray]:
    """The rows of each piece of a batch, int64. At most that many pieces, all but the last of one size.

    A piece holds rows from the front of the batch, then those across from them; single rows if there are more parts
    than pairs. Raises ValueError unless 0 < parts.
    """
    if parts < 1:
        raise ValueError(f"A batch is cut into 1 part or more, not {parts}.")
    pairs = -(-size // 2)
    if parts > pairs:
        return [np.array([row]) for row in range(size)]
    each = -(-pairs // parts)
    fronts = (np.arange(start, min(start + each, pairs)) for start in range(0, pairs, each))
    return [np.concatenate([front, np.setdiff1d(size - 1 - front, front)]) for front in fronts]


def finer(size: int, parts: int) -> int | None:
    """Into how many equal parts to cut a batch next, each within one of those before; None if these are single rows."""
    return next((more for more in range(2 * parts, size + 1, parts) if size % more == 0), None)


def filled(rows: np.ndarray, multiple: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, made up to a multiple by the middle one, and 1 or 0 (float32) for those that count.

    In the middle, so that the others stay across from each other.
    """
    middle, lacking = (len(rows) - 1) // 2, -len(rows) % multiple
    places = np.concatenate([np.arange(middle + 1), np.full(lacking, middle), np.arange(middle + 1, len(rows))])
    counts = np.ones(len(places), np.float32)
    counts[middle + 1 : middle + 1 + lacking] = 0
    return rows[places], counts
