import numpy as np
import pytest

from components import likeness
from components.check.nearness import COMPARISONS, Bars, Nearness, judged_images


def flipped(text, *bits):
    """A hash with some bits turned; the low frequencies are bits 0 to 63."""
    data = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8))
    data[list(bits)] ^= 1
    return np.packbits(data).tobytes().hex()


HASH = "0123456789abcdef" * 4


def pairs_of(row, judged, others):
    rows = [row(f"acme/{place}", phash=text, split="test") for place, text in enumerate(judged)]
    nearness = Nearness(rows, Bars(low=2, whole=4))
    for place, (text, split) in enumerate(others):
        nearness.add(row(f"zeta/{place}", phash=text, split=split))
    return [(pair.judged.path, pair.other.path, pair.distance) for pair in nearness.pairs()]


@pytest.mark.parametrize(
    ("bits", "near"),
    [
        ((), True),
        ((0, 63), True),
        ((0, 1, 2), False),  # three of the low bits
        ((0, 1, 64, 255), True),
        ((0, 64, 65, 66, 67), False),  # five of all bits
    ],
)
def test_a_pair_is_near_up_to_both_bars(row, bits, near):
    found = pairs_of(row, [HASH], [(flipped(HASH, *bits), "train")])
    assert found == ([("acme/0", "zeta/0", len(bits))] if near else [])


def test_pictures_of_the_same_split_are_no_leak(row):
    assert pairs_of(row, [HASH], [(HASH, "test")]) == []


def test_a_judged_picture_counts_once_however_many_are_near(row):
    assert pairs_of(row, [HASH], [(HASH, "train"), (HASH, "validation")]) == [("acme/0", "zeta/0", 0)]


def test_pictures_without_a_hash_or_with_anothers_versions_are_passed_over(row):
    assert pairs_of(row, [HASH, "", "ff"], [("", "train"), ("ff", "train")]) == []


def test_blocks_change_nothing(row, monkeypatch):
    random = np.random.default_rng(3)
    hashes = [random.bytes(32).hex() for _ in range(40)]
    others = [(flipped(text, 70), "train") for text in hashes[::3]]
    whole = pairs_of(row, hashes, others)
    assert len(whole) == 14
    monkeypatch.setattr("components.check.nearness.BLOCK", 5)
    assert pairs_of(row, hashes, others) == whole


def test_all_pairs_are_those_that_counting_bits_one_by_one_finds(row):
    random = np.random.default_rng(4)
    base = random.integers(0, 2, 256)
    texts = [np.packbits((base + (random.random(256) < 0.015)) % 2).tobytes().hex() for _ in range(60)]
    judged, others = texts[:30], texts[30:]
    words = likeness.words(texts)
    low, whole = likeness.differing(words[:30, None], words[None, 30:])
    near = ((low <= 2) & (whole <= 4)).any(axis=1)
    assert 0 < near.sum() < 30
    found = pairs_of(row, judged, [(text, "train") for text in others])
    assert {path for path, _, _ in found} == {f"acme/{place}" for place in np.flatnonzero(near)}


def test_few_images_are_all_judged_and_of_many_a_thousand():
    assert judged_images(10_000) == COMPARISONS // 10_000 > 10_000
    assert judged_images(100_000_000) == 1000
