import keras
import numpy as np
import pytest
import tensorflow as tf

from tuning import features


def doubling():
    start = keras.Input((2, 2, 3))
    return keras.Model(start, start * 2)


def test_stored_activations_are_the_models_answers_mapped_from_a_file(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (70, 2, 2, 3)).astype("uint8")  # three calls, the last not full
    dataset = tf.data.Dataset.from_tensor_slices((images, np.arange(70)))
    done = []
    stored = features.store(doubling(), dataset, str(tmp_path / "a.npy"), done.append)
    assert isinstance(stored.activations[0], np.memmap)
    np.testing.assert_array_equal(stored.activations[0], images * np.float32(2))
    np.testing.assert_array_equal(stored.labels, np.arange(70))
    assert done == [32, 64, 70]


def test_a_dataset_that_does_not_know_its_size_is_counted(tmp_path):
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((5, 2, 2, 3), "uint8"), np.arange(5)))
    stored = features.store(doubling(), dataset.filter(lambda _, label: label != 2), str(tmp_path / "a.npy"))
    assert stored.labels.tolist() == [0, 1, 3, 4]
    assert stored.counts(6) == [1, 1, 0, 1, 1, 0]


def test_an_empty_dataset_is_refused(tmp_path):
    with pytest.raises(ValueError, match="the split is empty"):
        features.store(
            doubling(), tf.data.Dataset.from_tensor_slices((np.zeros((0, 2, 2, 3)), [])), str(tmp_path / "a.npy")
        )


def batches_of(seed):
    numbers = np.arange(10)
    batches = features.Batches(features.Features((numbers * 10,), numbers), 4, seed)
    epochs = []
    for _ in range(2):
        epochs.append([batches[i] for i in range(len(batches))])
        batches.on_epoch_end()
    return epochs


def test_every_epoch_holds_every_image_once_with_its_label():
    for epoch in batches_of(seed=1):
        assert [len(labels) for _, labels in epoch] == [4, 4, 2]
        assert sorted(np.concatenate([labels for _, labels in epoch])) == list(range(10))
        assert all((activations == labels * 10).all() for activations, labels in epoch)


def test_epochs_are_shuffled_differently_but_the_same_in_every_run():
    first, again = batches_of(seed=1), batches_of(seed=1)
    orders = [np.concatenate([labels for _, labels in epoch]).tolist() for epoch in first]
    assert orders[0] != orders[1]
    assert orders == [np.concatenate([labels for _, labels in epoch]).tolist() for epoch in again]


def test_without_a_seed_the_order_is_kept():
    assert [labels.tolist() for _, labels in batches_of(seed=None)[1]] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
