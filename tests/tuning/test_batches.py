import numpy as np
import pytest

from tuning import batches
from tuning.features import Features

TEN = Features((np.arange(10) * 10,), np.arange(10))


def epoch_of(features=TEN, number=0, size=4):
    chosen = batches.order(features.labels, 1, number, balanced=False)
    return list(batches.epoch(features, chosen, number, size))


def real(rows):
    return np.concatenate([row.labels[row.real == 1] for row in rows]).tolist()


def test_every_epoch_holds_every_image_once_with_its_label():
    for number in range(2):
        rows = epoch_of(number=number)
        assert sorted(real(rows)) == list(range(10))
        assert all((row.inputs == row.labels * 10).all() for row in rows)


def test_the_last_batch_is_filled_with_rows_that_do_not_count():
    assert [row.real.tolist() for row in epoch_of()] == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 0, 0]]
    assert [row.real.tolist() for row in epoch_of(size=16)] == [[1] * 10 + [0] * 6]


def test_epochs_are_shuffled_differently_but_the_same_in_every_run():
    orders = [real(epoch_of(number=number)) for number in (0, 1)]
    assert orders[0] != orders[1]
    assert orders == [real(epoch_of(number=number)) for number in (0, 1)]


def test_sampling_draws_every_class_about_equally_often():
    labels = np.array([0] * 900 + [2] * 100)  # class 1 has no image
    drawn = labels[batches.order(labels, 1, 0, balanced=True)]
    assert len(drawn) == 1000
    assert 430 < (drawn == 2).sum() < 570


def test_views_take_turns_by_epoch():
    features = Features((np.zeros(4), np.ones(4)), np.arange(4))
    assert [epoch_of(features, number)[0].inputs[0] for number in range(4)] == [0, 1, 0, 1]


@pytest.mark.parametrize("limit", [1 << 30, 1])
def test_vectors_are_held_in_memory_if_they_fit_and_read_from_the_file_else(limit, monkeypatch):
    monkeypatch.setattr(batches, "_IN_MEMORY_BYTES", limit)
    whole = np.arange(6, dtype="float16").reshape(3, 2)
    view = batches.held(Features((whole,), np.arange(3))).activations[0]
    assert view.dtype == (np.float32 if limit > 1 else np.float16)
    np.testing.assert_array_equal(view[np.array([2, 0])], [[4, 5], [0, 1]])


def test_an_error_while_reading_ahead_reaches_the_reader():
    def broken():
        yield 1
        raise OSError("gone")

    read = batches.ahead(broken())
    assert next(read) == 1
    with pytest.raises(OSError, match="gone"):
        next(read)


def test_a_reader_that_stops_early_leaves_no_thread_behind():
    import threading

    before = threading.active_count()
    read = batches.ahead(iter(range(1000)))
    next(read)
    read.close()
    assert threading.active_count() == before
