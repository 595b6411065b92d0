"""How alike two pictures look: the bits in which their perceptual hashes differ.

The hash is pHash (Zauner 2010, https://www.phash.org/docs/pubs/thesis_zauner.pdf) as the library ImageHash computes it
with hash_size=16, bit for bit: the 16 x 16 lowest frequencies of the grey picture of 64 x 64, each above or below their
median. The 8 x 8 lowest of them come first. Of two pictures that are one, the low ones hardly differ, so that pairs are
found by them; the others tell drawings on white apart, whose low frequencies are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

SIDE_PX, FREQUENCIES, LOW = 64, 16, 8
BITS, LOW_BITS = FREQUENCIES**2, LOW**2
DIGITS = BITS // 4  # of a hash as hexadecimal text


def phash(grey: NDArray[np.uint8]) -> str:
    """The hash of a grey picture as 64 hexadecimal digits. grey: (64, 64)."""
    cosines, places = _cosines(), _places()
    found = cosines @ grey.astype(np.float64) @ cosines.T
    middle = np.partition(found, (BITS // 2 - 1, BITS // 2), axis=None)[BITS // 2 - 1 : BITS // 2 + 1].mean()
    bits = (found > middle).ravel()[places]  # above the median, which numpy's own function takes thrice as long for
    return np.packbits(bits).tobytes().hex()


def words(hashes: Sequence[str]) -> Words:
    """Hashes as numbers to compare: (n, 4); the first column holds the low frequencies."""
    data = b"".join(bytes.fromhex(text) for text in hashes)
    return np.frombuffer(data, ">u8").reshape(-1, BITS // 64).astype(np.uint64)


def differing(one: Words, other: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """In how many of the 64 low bits and in how many of all 256 bits hashes differ. Arguments: (..., 4), broadcast."""
    counts = np.bitwise_count(one ^ other)
    return counts[..., 0].astype(np.int64), counts.sum(axis=-1, dtype=np.int64)


@cache
def _cosines() -> NDArray[np.float64]:
    """The first rows of the discrete cosine transform of type 2, scaled as SciPy's: (16, 64)."""
    angles = np.arange(FREQUENCIES)[:, None] * (2 * np.arange(SIDE_PX) + 1) * np.pi / (2 * SIDE_PX)
    return 2 * np.cos(angles)


@cache
def _places() -> NDArray[np.int64]:
    """Where each bit of the hash lies in the flattened square of frequencies: (256,)."""
    row, column = np.divmod(np.arange(BITS), FREQUENCIES)
    return np.argsort((row >= LOW) | (column >= LOW), kind="stable")
