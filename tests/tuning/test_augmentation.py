from dataclasses import fields
from typing import get_args

import numpy as np
import pytest

from components.config.search import AugmentationName
from tuning.augmentation import STRENGTHS, Strength, layers


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


def stripes():
    """(8, 32, 32, 3): red and blue stripes that grow darker downwards."""
    images = np.zeros((8, 32, 32, 3), "float32")
    images[:, :, ::4, 0], images[:, :, 1::4, 2] = 200, 200
    return images * np.linspace(1, 0.5, 32, dtype="float32")[:, None, None]


def grey(images):
    return np.repeat(images.mean(axis=-1, keepdims=True), 3, axis=-1)


def plain(colour=90.0):
    return np.full((8, 32, 32, 3), colour, "float32")


# part -> images that it leaves as they are, and images that it changes
PARTS = {
    "flip": (plain(), stripes()), "zoom": (plain(), stripes()), "shift": (plain(), stripes()),
    "contrast": (plain(), stripes()), "saturation": (grey(stripes()), stripes()),
    "brightness": (np.zeros((0, 32, 32, 3), "float32"), plain()), "erase": (plain(127.5), plain()),
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_each_part_alone_changes_what_it_must_and_nothing_else(part):
    assert set(PARTS) == {field.name for field in fields(Strength)}
    change = layers(Strength(**{part: True if part == "flip" else 0.9 if part == "erase" else 0.3}), seed=3)
    untouched, touched = PARTS[part]
    if len(untouched):
        np.testing.assert_allclose(change(untouched, training=True), untouched, atol=0.1)
    changed = np.asarray(change(touched, training=True))
    assert sum(np.abs(after - before).max() > 2 for after, before in zip(changed, touched, strict=True)) >= 2
    if part == "erase":  # a rectangle, not all of it
        assert (changed == touched).any()
        assert (np.abs(changed - 127.5) < 0.1).any()


@pytest.mark.parametrize("name", ["light", "strong"])
def test_a_strength_has_all_of_its_parts(name):
    made = [type(layer).__name__ for layer in layers(STRENGTHS[name], seed=3).layers]
    asked = {"RandomFlip", "RandomTranslation", "RandomZoom", "RandomContrast"}
    more = {"RandomBrightness", "RandomSaturation", "RandomErasing"}
    assert {one for one in made if one.startswith("Random")} == asked | (more if name == "strong" else set())


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
