import numpy as np
import pytest
from PIL import Image
from scipy.fftpack import dct

from components import likeness

# What ImageHash 4.3.2 gives: str(imagehash.phash(picture.convert("L"), hash_size=16)).
TEMPLE = "9d0ab857c2f5c7e0460f7d1abb1c259d388cf301c5f64c6ee0b32f303f0167b8"
FLOWER = "9b3c64b238d36692b34dcd36c934ec22cdd2714a34c3732c32cc93322776ddb3"


def shrunk(picture):
    return np.asarray(Image.fromarray(picture).convert("L").resize((64, 64), Image.Resampling.LANCZOS))


def low_first(bits):
    row, column = np.divmod(np.arange(256), 16)
    low = (row < 8) & (column < 8)
    return np.packbits([*bits[low], *bits[~low]]).tobytes().hex()


@pytest.mark.parametrize(("number", "library"), [(0, TEMPLE), (1, FLOWER)])
def test_the_hash_is_the_librarys_with_the_low_frequencies_first(photographs, number, library):
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(library), np.uint8))
    assert likeness.phash(shrunk(photographs[number])) == low_first(bits)


def test_the_transform_is_scipys(photographs):
    for top, left in [(0, 0), (100, 100), (200, 300), (327, 540)]:
        small = shrunk(photographs[0][top : top + 100, left : left + 100])
        lowest = dct(dct(small.astype(float), axis=0), axis=1)[:16, :16]
        assert likeness.phash(small) == low_first((lowest > np.median(lowest)).ravel())


def test_differing_bits_are_counted_in_the_low_frequencies_and_in_all():
    same = likeness.words(["0" * 64, "0" * 64])
    other = likeness.words(["8" + "0" * 63, "03" + "0" * 61 + "7"])
    low, whole = likeness.differing(same, other)
    assert (low.tolist(), whole.tolist()) == ([1, 2], [1, 5])
    _, whole = likeness.differing(same[:, None], other[None, :])
    assert whole.tolist() == [[1, 5], [1, 5]]
