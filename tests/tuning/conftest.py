import numpy as np
import pytest
import tensorflow as tf

from tuning import backbones, weights


@pytest.fixture(scope="session")
def small_network():
    """VGG16 on 32 pixels with random weights: small enough for every test; its weights may be changed by tests."""
    backbone = backbones.get("vgg16")
    return backbone, weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)


@pytest.fixture
def two_brands():
    """Makes n images (n, 32, 32, 3) uint8 of two classes: reddish and bluish noise, with their labels."""

    def make(n, seed=0):
        generator = np.random.default_rng(seed)
        labels = np.arange(n) % 2
        images = generator.uniform(0, 160, (n, 32, 32, 3))
        images[np.arange(n), :, :, 2 * labels] += 60
        return images.astype("uint8"), labels

    return make


@pytest.fixture
def dataset_of(two_brands):
    def make(n, seed=0):
        return tf.data.Dataset.from_tensor_slices(two_brands(n, seed))

    return make
