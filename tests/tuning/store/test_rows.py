import numpy as np
import pytest

from tuning.store.rows import Computed, Decoded, Joined

FIRST, SECOND = np.arange(10, dtype=np.float32).reshape(5, 2), np.arange(100, 108, dtype=np.float32).reshape(4, 2)


@pytest.fixture
def joined():
    # Rows 0..2 are 4, 1, 0 of the first array, rows 3 and 4 are 2 and 3 of the second.
    return Joined([FIRST, SECOND], [np.array([4, 1, 0]), np.array([2, 3])])


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (np.array([3, 0, 3, 2]), [[104, 105], [8, 9], [104, 105], [0, 1]]),
        (np.array([-1]), [[106, 107]]),
        (slice(1, 4), [[2, 3], [0, 1], [104, 105]]),
        (2, [0, 1]),
        (np.array([], int), []),
    ],
)
def test_rows_are_had_by_place_in_the_order_that_is_asked_for(joined, index, expected):
    assert joined[index].tolist() == expected


def test_the_whole_has_a_shape_and_a_length(joined):
    assert (joined.shape, len(joined), joined.dtype) == ((5, 2), 5, np.float32)


def test_a_place_beyond_the_last_is_refused(joined):
    with pytest.raises(IndexError):
        joined[np.array([5])]


def test_a_block_that_half_precision_could_not_hold_is_read_in_single():
    rows = Joined([FIRST.astype(np.float16), SECOND], [np.arange(5), np.arange(4)])
    assert rows.dtype == np.float32
    assert rows[np.array([1, 5])].tolist() == [[2, 3], [100, 101]]


def test_an_empty_block_between_others_holds_nothing():
    rows = Joined([FIRST, FIRST, SECOND], [np.array([1]), np.array([], int), np.array([0])])
    assert rows[:].tolist() == [[2, 3], [100, 101]]


def test_computed_rows_know_their_places(joined):
    rows = Computed(joined, lambda places, values: values.sum(axis=1, keepdims=True) + places[:, None] * 1000, (1,))
    assert rows.shape == (5, 1)
    assert rows[np.array([4, 0])].tolist() == [[106 + 107 + 4000], [17]]


def test_images_are_read_from_the_blocks_that_hold_them():
    images = np.arange(6 * 12, dtype=np.uint8).reshape(6, 2, 2, 3)
    rows = Decoded([lambda rows: images[:3][rows], lambda rows: images[3:][rows]], [np.array([2]), np.array([0, 2])], 2)
    assert rows.shape == (3, 2, 2, 3)
    np.testing.assert_array_equal(rows[np.array([2, 0])], images[[5, 2]])
