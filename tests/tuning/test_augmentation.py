from typing import get_args

import numpy as np
import pytest

from components.config.search import AugmentationName
from tuning.augmentation import STRENGTHS, layers


def test_the_configuration_names_the_strengths_that_there_are():
    assert get_args(AugmentationName) == tuple(STRENGTHS)


@pytest.mark.parametrize("name", ["light", "strong", "light_unmirrored", "strong_unmirrored"])
def test_training_images_change_within_range_and_no_others(two_brands, name):
    images = two_brands(8)[0].astype("float32")
    change = layers(STRENGTHS[name], seed=3)
    changed = np.asarray(change(images, training=True))
    assert changed.min() >= -0.001
    assert changed.max() <= 255.001  # rounding
    assert np.abs(changed - images).max() > 10
    np.testing.assert_allclose(change(images, training=False), images, atol=1e-3)


def test_none_changes_nothing(two_brands):
    images = two_brands(4)[0].astype("float32")
    np.testing.assert_array_equal(layers(STRENGTHS["none"], seed=1)(images, training=True), images)


@pytest.mark.parametrize(("name", "mirrors"), [("light", True), ("light_unmirrored", False)])
def test_lettering_is_mirrored_only_where_it_may_be(name, mirrors):
    left = np.zeros((64, 32, 32, 3), "float32")
    left[:, :, :8] = 255  # a bar on the left that small shifts keep there
    changed = np.asarray(layers(STRENGTHS[name], seed=3)(left, training=True))
    on_the_right = changed[:, :, 16:].mean(axis=(1, 2, 3)) > changed[:, :, :16].mean(axis=(1, 2, 3))
    assert on_the_right.any() == mirrors
