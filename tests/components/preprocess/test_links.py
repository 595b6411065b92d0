"""Banding and linking against all pairs, compared one by one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import likeness, parts
from components.config.data import NearDuplicates
from components.preprocess import bands, links
from components.preprocess.bands import Bands
from components.preprocess.links import Finding, Picture

RULES = NearDuplicates(max_distance=3, max_fine_distance=6)


def flipped(hashed, bits):
    """A hash with these bits, counted from the first digit's highest, turned over."""
    number = int(hashed, 16)
    for bit in bits:
        number ^= 1 << (255 - bit)
    return f"{number:064x}"


def found(pictures, rules=RULES, **others):
    """Findings by path, by way of the bands."""
    table = parts.table(Picture, pictures)
    hashes = likeness.words([picture.phash for picture in pictures])
    here = Bands(rules.max_distance, **{"agreeing": 1, **others})
    meetings = {}
    for place, some in bands.spread(table, hashes, here):
        meetings.setdefault(place, []).append(some)
    told = [
        item
        for place, some in meetings.items()
        for item in parts.items(Finding, links.find(pa.concat_tables(some), here.masks_at(place), rules))
    ]
    return links.merged(told)


def expected(pictures, rules=RULES):
    """The same by the rule as it is written: best better neighbour, best neighbour under another label."""
    result = {}
    for one in pictures:
        near = [other for other in pictures if other.path != one.path and _linked(one, other, rules)]
        order = sorted(near, key=lambda other: (other.rank, other.path))
        winner = next((item.path for item in order if (item.rank, item.path) < (one.rank, one.path)), "")
        rival = next((item.path for item in order if item.label != one.label), "")
        if winner or rival:
            result[one.path] = (winner, rival)
    return result


def _linked(one, other, rules):
    bits = bin(int(one.phash, 16) ^ int(other.phash, 16))[2:].zfill(256)
    return bits[:64].count("1") <= rules.max_distance and bits.count("1") <= rules.max_fine_distance


@st.composite
def collections(draw):
    """Pictures whose hashes lie around a few centres, some at the bars, many equal."""
    centres = draw(st.lists(st.integers(0, 2**256 - 1), min_size=1, max_size=3))
    count = draw(st.integers(1, 14))
    pictures = []
    for number in range(count):
        centre = draw(st.sampled_from(centres))
        bits = draw(st.lists(st.integers(0, 255) | st.integers(0, 63), max_size=5, unique=True))
        label, rank = draw(st.integers(0, 2)), draw(st.integers(0, 5))
        pictures.append(Picture(f"p{number:02d}", rank, label, number % 3, flipped(f"{centre:064x}", bits)))
    return pictures


@settings(max_examples=150, deadline=None)
@given(collections(), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_every_pair_within_the_distance_is_found_and_no_other(pictures, agreeing, pieces, together):
    told = found(pictures, agreeing=agreeing, pieces=pieces, together=together)
    assert {path: (item.winner, item.rival) for path, item in told.items()} == expected(pictures)


@pytest.mark.parametrize("distance", [0, 1, 8, 12])
@pytest.mark.parametrize("agreeing", [1, 2, 3])
def test_any_two_hashes_within_the_distance_agree_under_a_mask(distance, agreeing):
    dice = np.random.default_rng(7)
    masks = Bands(distance, agreeing, 1).masks()
    for _ in range(200):
        different = sum(1 << int(bit) for bit in dice.choice(64, distance, replace=False))
        assert any(different & int(mask) == 0 for mask in masks)


def test_combinations_are_as_many_as_blocks_can_be_chosen():
    assert [len(Bands(8, agreeing, 1).masks()) for agreeing in (1, 2, 3)] == [9, 45, 165]
    assert Bands.of(1_000_000, 8) == Bands(8, 2, 1, together=True)
    assert Bands.of(1_000_001, 8) == Bands(8, 2, 16)
    assert Bands.of(30_000_001, 8).agreeing == 3


@pytest.mark.parametrize(("low", "other", "linked"), [(3, 3, True), (4, 0, False), (0, 6, True), (0, 7, False)])
def test_both_bars_count(low, other, linked):
    base = "5" * 64
    edited = flipped(base, [*range(0, 2 * low, 2), *range(100, 100 + other)])
    pictures = [Picture("a", 0, 0, 0, base), Picture("b", 0, 0, 0, edited)]
    assert bool(found(pictures)) is linked


def test_a_finding_names_the_better_one_and_the_distance():
    base = "5" * 64
    told = found([Picture("b", 3, 0, 1, base), Picture("a", 5, 0, 0, flipped(base, [0, 200]))])
    assert told == {"a": Finding("a", 0, "b", 3, 2)}


def test_a_clash_is_told_to_both():
    base = "5" * 64
    told = found([Picture("a", 3, 0, 0, base), Picture("z", 3, 1, 1, flipped(base, [9]))])
    assert {path: (item.rival, item.rival_label, item.rival_distance) for path, item in told.items()} == {
        "a": ("z", 1, 1),
        "z": ("a", 0, 1),
    }


def test_a_picture_that_was_posted_ever_so_often_costs_no_pairs():
    many = [Picture(f"{number:06d}", 5, 0, 0, "5" * 64) for number in range(50_000)]
    masks = Bands(3, 1).masks()
    told = links.find(parts.table(Picture, many), masks, RULES)  # 1.25 billion pairs would not end
    assert told.num_rows == 49_999
    assert set(told["winner"].to_pylist()) == {"000000"}
