import numpy as np
import pytest
import tensorflow as tf

from tuning.epochs import Epochs


@pytest.fixture
def numbered():
    """n images of one pixel whose value is their number, of classes by the remainder, with counts."""

    def make(labels):
        images = np.arange(len(labels), dtype="uint8").reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 3), "uint8")
        return tf.data.Dataset.from_tensor_slices((images, np.array(labels, "int64")))

    return make


def seen(batches):
    return [images[:, 0, 0, 0].tolist() for images, _labels, _weights in batches.as_numpy_iterator()]


def joined(batches):
    return [number for batch in batches for number in batch]


def test_an_epoch_has_every_image_once_in_an_order_of_its_own_that_comes_again(numbered):
    epochs = Epochs(numbered([0, 1] * 8), [8, 8], batch_size=5, seed=1)
    first, second = seen(epochs.batches(0)), seen(epochs.batches(1))
    assert sorted(joined(first)) == list(range(16))
    assert first != second
    assert first == seen(epochs.batches(0))
    assert first != seen(Epochs(numbered([0, 1] * 8), [8, 8], batch_size=5, seed=2).batches(0))


def test_batches_that_are_done_are_passed_over_and_the_rest_is_unchanged(numbered):
    epochs = Epochs(numbered([0, 1] * 8), [8, 8], batch_size=4, seed=1, mixup=0.3)
    whole = list(epochs.batches(2).as_numpy_iterator())
    rest = list(epochs.batches(2, done=3).as_numpy_iterator())
    assert len(whole) == 4
    for one, other in zip(whole[3], rest[0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_epoch_of_several_passes_has_every_image_in_each_in_another_order(numbered):
    once = Epochs(numbered([0, 1] * 8), [8, 8], batch_size=5, seed=1)
    epochs = Epochs(numbered([0, 1] * 8), [8, 8], batch_size=5, seed=1, passes=3)
    assert len(epochs.batches(1)) == 3 * len(once.batches(0))
    assert seen(epochs.batches(1)) == [batch for number in (3, 4, 5) for batch in seen(once.batches(number))]
    assert seen(epochs.batches(1, done=5)) == seen(epochs.batches(1))[5:]


def test_parts_of_a_batch_follow_one_another(numbered):
    epochs = Epochs(numbered([0, 1] * 8), [8, 8], batch_size=8, seed=1)
    assert joined(seen(epochs.batches(0, parts=4))) == joined(seen(epochs.batches(0)))
    assert [len(batch) for batch in seen(epochs.batches(0, parts=4))] == [2] * 8


def test_class_weights_make_rare_images_count_more(numbered):
    batches = Epochs(numbered([0, 0, 0, 1]), [3, 1], batch_size=4, seed=1).batches(0)
    ((_images, labels, weights),) = batches.as_numpy_iterator()
    # 4 images, 2 classes: 4 / (2 * 3) and 4 / (2 * 1)
    np.testing.assert_allclose(weights, np.where(labels[:, 0] == 1, 4 / 6, 2.0))


def test_without_balancing_every_image_weighs_one(numbered):
    batches = Epochs(numbered([0, 0, 0, 1]), [3, 1], batch_size=4, seed=1, balancing="none").batches(0)
    ((_images, _labels, weights),) = batches.as_numpy_iterator()
    assert weights.tolist() == [1.0] * 4


def test_sampling_draws_classes_about_equally_often_in_an_epoch_of_the_same_size(numbered):
    labels = [0] * 90 + [1] * 10
    epochs = Epochs(numbered(labels), [90, 10], batch_size=10, seed=1, balancing="sampling")
    drawn = np.concatenate([labels[:, 1] for _images, labels, _weights in epochs.batches(0).as_numpy_iterator()])
    assert len(drawn) == 100
    assert 35 <= drawn.sum() <= 65  # each of the 10 five times: 100 / (2 * 10); of the 90 with probability 100 / 180


def test_mixup_blends_images_with_their_labels(numbered):
    epochs = Epochs(numbered([0, 1] * 4), [4, 4], batch_size=8, seed=3, mixup=0.4)
    ((images, labels, _weights),) = epochs.batches(0).as_numpy_iterator()
    plain = Epochs(numbered([0, 1] * 4), [4, 4], batch_size=8, seed=3)
    ((before, _labels, _),) = plain.batches(0).as_numpy_iterator()
    opposite = np.abs(before - before[::-1])[:, 0, 0, 0].argmax()
    value, low, high = images[opposite, 0, 0, 0], before[-1 - opposite, 0, 0, 0], before[opposite, 0, 0, 0]
    share = (value - low) / (high - low)
    assert 0 < share < 1
    np.testing.assert_allclose(images, share * before + (1 - share) * before[::-1], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
