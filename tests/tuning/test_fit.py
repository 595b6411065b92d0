import numpy as np
import pytest

from tuning import fit, model, weights
from tuning.model import Hyperparameters

SETTINGS = fit.FitSettings(4, 2, 16, 0.01, "balanced_accuracy", seed=3, zoom=0.1, shift=0.05, contrast=0.1)


@pytest.fixture
def whole(small_network):
    backbone, network = small_network
    network.set_weights(weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1).get_weights())

    def make(depth=0, width=0):
        return model.classifier(
            model.split(network, backbone, depth), 2, Hyperparameters(depth, width, 0.0, 0.01), 1
        ).whole

    return make


def test_training_beats_chance_clearly_on_two_simple_brands(whole, dataset_of, two_brands):
    classifier = whole()
    rows = fit.fit(classifier, dataset_of(64, 1), dataset_of(32, 2), [32, 32], SETTINGS)
    images, labels = two_brands(40, 3)
    assert (classifier.predict(images, verbose=0).argmax(1) == labels).mean() >= 0.9
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))


def test_the_model_is_left_with_its_best_epochs_weights(whole, dataset_of, two_brands):
    classifier = whole()
    rows = fit.fit(classifier, dataset_of(32, 1), dataset_of(32, 2), [16, 16], SETTINGS)
    images, labels = two_brands(32, 2)
    recalls = [(classifier.predict(images, verbose=0).argmax(1) == labels)[labels == k].mean() for k in (0, 1)]
    assert np.mean(recalls) == pytest.approx(max(row.objective for row in rows))


def test_it_stops_when_patience_epochs_brought_nothing_better(whole, dataset_of):
    classifier = whole()
    settings = fit.FitSettings(9, 2, 16, 1e-12, "balanced_accuracy", seed=3)  # a rate at which nothing changes
    assert len(fit.fit(classifier, dataset_of(16, 1), dataset_of(16, 2), [8, 8], settings)) == 3


def test_equal_seeds_give_equal_models(small_network, whole, dataset_of):
    _backbone, network = small_network
    start, results = network.get_weights(), []
    for _ in range(2):
        network.set_weights(start)
        classifier = whole(1)
        fit.fit(classifier, dataset_of(32, 1), dataset_of(16, 2), [16, 16], SETTINGS)
        results.append(classifier.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


def test_augmentation_changes_training_images_within_range_and_no_others(two_brands):
    images = two_brands(4)[0].astype("float32")
    change = fit.augmentation(SETTINGS)
    changed = np.asarray(change(images, training=True))
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert np.abs(changed - images).max() > 10
    np.testing.assert_array_equal(change(images, training=False), images)


def test_augmentation_that_is_off_changes_nothing(two_brands):
    images = two_brands(4)[0].astype("float32")
    off = fit.FitSettings(1, 1, 4, 0.01, "macro_f1", seed=1, flip=False)
    np.testing.assert_array_equal(fit.augmentation(off)(images, training=True), images)


def test_an_empty_validation_split_is_refused(whole, dataset_of):
    with pytest.raises(ValueError, match="validation split is empty"):
        fit.fit(whole(), dataset_of(16), dataset_of(0), [8, 8], SETTINGS)


def test_a_loss_that_is_no_number_is_said(whole, dataset_of):
    settings = fit.FitSettings(1, 1, 4, 1e30, "macro_f1", seed=1)
    with pytest.raises(FloatingPointError, match="no longer a number after epoch 1"):
        fit.fit(whole(width=8), dataset_of(16), dataset_of(16), [8, 8], settings)


def test_the_trained_model_is_not_compiled_so_that_its_file_needs_no_code_of_ours(whole, dataset_of):
    classifier = whole()
    fit.fit(classifier, dataset_of(16), dataset_of(16), [8, 8], SETTINGS)
    assert not any(getattr(layer, "compiled", False) for layer in classifier._flatten_layers())
