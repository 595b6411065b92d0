from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tuning import fit
from tuning.standing import FitSettings

SETTINGS = FitSettings(4, 2, "balanced_accuracy")


def test_training_beats_chance_clearly_on_two_simple_brands(start, dataset_of, two_brands):
    whole, make, epochs = start(dataset_of(64, 1))
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), SETTINGS)
    images, labels = two_brands(40, 3)
    assert (whole.predict(images, verbose=0).argmax(1) == labels).mean() >= 0.9
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))


def test_the_model_is_left_with_its_best_epochs_weights(start, dataset_of, two_brands):
    whole, make, epochs = start(dataset_of(32, 1))
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), SETTINGS)
    images, labels = two_brands(32, 2)
    recalls = [(whole.predict(images, verbose=0).argmax(1) == labels)[labels == k].mean() for k in (0, 1)]
    assert np.mean(recalls) == pytest.approx(max(row.objective for row in rows))


def test_it_stops_when_patience_epochs_brought_nothing_better(start, dataset_of):
    whole, make, epochs = start(dataset_of(16, 1), rate=1e-12, epochs=9)  # a rate at which nothing changes
    assert len(fit.fit(whole, make, epochs, dataset_of(16, 2), replace(SETTINGS, epochs=9))) == 3


def test_equal_seeds_give_equal_models(start, dataset_of):
    results = []
    for _ in range(2):
        whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
        fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS)
        results.append(whole.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


def test_averaged_weights_are_taken_only_if_they_score_no_worse(start, dataset_of):
    whole, make, epochs = start(dataset_of(64, 1), depth=1)
    settings = replace(SETTINGS, patience=4, average_from=0.25)
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), settings)
    assert fit.Validation(whole, dataset_of(32, 2), 16, "balanced_accuracy").figures()["objective"] >= max(
        row.objective for row in rows
    )


def test_where_scores_do_not_tell_it_ends_with_the_mean_of_the_later_epochs_weights(start, dataset_of):
    whole, make, epochs = start(dataset_of(32, 1), rate=1e-3)
    seen = []
    settings = replace(SETTINGS, patience=4, average_from=0.5)
    # Of one class only: whatever it learns, about as much of it is right; a rate that moves, but not far.
    images = tf.data.Dataset.from_tensor_slices((np.zeros((4, 32, 32, 3), "uint8"), np.zeros(4, "int64")))
    fit.fit(whole, make, epochs, images, settings, on_epoch=lambda _row: seen.append(whole.get_weights()))
    mean = [(third + fourth) / 2 for third, fourth in zip(seen[2], seen[3], strict=True)]
    for after, expected in zip(whole.get_weights(), mean, strict=True):
        np.testing.assert_allclose(after, expected, atol=1e-6)
    assert max(np.abs(third - fourth).max() for third, fourth in zip(seen[2], seen[3], strict=True)) > 1e-5


def test_an_empty_validation_split_is_refused(start, dataset_of):
    whole, make, epochs = start(dataset_of(16))
    with pytest.raises(ValueError, match="validation split is empty"):
        fit.fit(whole, make, epochs, dataset_of(0), SETTINGS)


def test_a_loss_that_is_no_number_is_said(start, dataset_of):
    whole, make, epochs = start(dataset_of(16), width=8, rate=1e30, epochs=1)
    with pytest.raises(FloatingPointError, match="no longer"):
        fit.fit(whole, make, epochs, dataset_of(16), replace(SETTINGS, epochs=1))


def test_the_trained_model_is_not_compiled_so_that_its_file_needs_no_code_of_ours(start, dataset_of):
    whole, make, epochs = start(dataset_of(16))
    fit.fit(whole, make, epochs, dataset_of(16), SETTINGS)
    assert not any(getattr(layer, "compiled", False) for layer in whole._flatten_layers())
