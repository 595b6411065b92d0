import keras
import numpy as np
import pytest

from tuning import losses

LOGITS = np.log([[[0.8, 0.2], [0.4, 0.6]]]).astype("float32")  # one trial, two images
LABELS = np.array([0, 0])
FLAT = np.ones((1, 2), "float32")


def loss(smoothing=0.0, weights=FLAT, share=None):
    given = None if share is None else np.array([share], "float32")
    return np.array(losses.cross_entropy(LOGITS, LABELS, np.array([smoothing], "float32"), weights, given))[0]


def test_without_extras_it_is_minus_the_log_of_the_right_probability():
    np.testing.assert_allclose(loss(), -np.log([0.8, 0.4]), rtol=1e-5)


def test_smoothing_gives_its_share_to_all_classes():
    of_first = -0.9 * np.log(0.8) - 0.1 * (np.log(0.8) + np.log(0.2)) / 2
    assert loss(0.1)[0] == pytest.approx(of_first, rel=1e-5)


def test_smoothing_is_what_keras_means_by_it():
    theirs = keras.losses.CategoricalCrossentropy(label_smoothing=0.1, reduction="none", from_logits=True)
    np.testing.assert_allclose(loss(0.1), theirs(np.eye(2)[LABELS], LOGITS[0]), rtol=1e-5)


def test_a_class_weighs_what_it_is_told():
    np.testing.assert_allclose(loss(weights=np.array([[3.0, 1.0]], "float32")), -3 * np.log([0.8, 0.4]), rtol=1e-5)


def test_mixed_images_are_partly_of_both_classes():
    labels = np.array([0, 1])
    mixed = losses.cross_entropy(LOGITS, labels, np.zeros(1, "float32"), FLAT, np.array([0.75], "float32"))
    expected = [-0.75 * np.log(0.8) - 0.25 * np.log(0.2), -0.75 * np.log(0.6) - 0.25 * np.log(0.4)]
    np.testing.assert_allclose(np.array(mixed)[0], expected, rtol=1e-5)


def test_mixing_takes_its_share_of_the_image_across():
    mixed = losses.mixed(np.array([[0.0], [8.0]], "float32"), np.array([0.75, 1.0], "float32"))
    np.testing.assert_allclose(mixed, [[[2.0], [6.0]], [[0.0], [8.0]]])
