import numpy as np
import pytest

from tuning import cutting


@pytest.mark.parametrize(
    ("size", "parts", "expected"),
    [
        (8, 1, [[0, 1, 2, 3, 4, 5, 6, 7]]),
        (8, 2, [[0, 1, 6, 7], [2, 3, 4, 5]]),
        (8, 4, [[0, 7], [1, 6], [2, 5], [3, 4]]),
        (7, 2, [[0, 1, 5, 6], [2, 3, 4]]),  # the middle row is across from itself
        (4, 4, [[0], [1], [2], [3]]),
    ],
)
def test_a_row_and_the_one_across_stay_in_one_piece_and_across(size, parts, expected):
    assert [piece.tolist() for piece in cutting.pieces(size, parts)] == expected


@pytest.mark.parametrize("parts", range(1, 17))
def test_every_row_is_in_one_piece(parts):
    pieces = cutting.pieces(16, parts)
    assert sorted(np.concatenate(pieces)) == list(range(16))
    assert len(pieces) <= max(parts, 16 if parts > 8 else 0)


def test_a_batch_is_not_cut_into_nothing():
    with pytest.raises(ValueError, match="1 part or more, not 0"):
        cutting.pieces(8, 0)


@pytest.mark.parametrize(
    ("size", "expected", "counts"),
    [(6, [0, 1, 2, 2, 2, 3, 4, 5], [1, 1, 1, 0, 0, 1, 1, 1]), (5, [0, 1, 2, 2, 2, 2, 3, 4], [1, 1, 1, 0, 0, 0, 1, 1])],
)
def test_what_is_lacking_is_filled_in_the_middle_and_does_not_count(size, expected, counts):
    rows, real = cutting.filled(np.arange(size), 4)
    assert rows.tolist() == expected
    assert real.tolist() == counts


def test_nothing_is_filled_that_is_whole():
    rows, real = cutting.filled(np.arange(4), 2)
    assert rows.tolist() == [0, 1, 2, 3]
    assert real.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("size", "parts", "expected"),
    [(16, 1, 2), (16, 8, 16), (16, 16, None), (20, 2, 4), (20, 4, 20), (17, 1, 17), (1, 1, None)],
)
def test_a_batch_is_cut_finer_into_equal_parts_within_those_before(size, parts, expected):
    assert cutting.finer(size, parts) == expected
