import keras
import numpy as np
import pytest

from tuning import model, weights
from tuning.backbones import NAMES, get
from tuning.model import Hyperparameters


@pytest.mark.parametrize(
    ("name", "side_px"), [("vgg16", 32), ("xception", 72), ("efficientnet_v2_b0", 32), ("convnext_tiny", 32)]
)
@pytest.mark.parametrize("depth", [0, 2])
def test_the_trainable_part_answers_from_features_as_the_whole_from_pixels(name, side_px, depth):
    network = weights.load(get(name), weights.resolve(get(name), "none"), side_px, seed=1)
    parts = model.split(network, get(name), depth)
    classifier = model.classifier(parts, 3, Hyperparameters(depth, 4, 0.5, 0.01), seed=1)
    images = np.random.default_rng(0).uniform(0, 255, (2, side_px, side_px, 3)).astype("float32")
    whole = classifier.whole(images, training=False).numpy()
    np.testing.assert_allclose(classifier.trainable(parts.features(images), training=False), whole, atol=1e-5)
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_are_scaled_as_the_applications_own_function_does(name):
    module = __import__(get(name).application.partition(":")[0], fromlist=["preprocess_input"])
    images = np.random.default_rng(0).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    pixels = keras.Input((4, 4, 3))
    scaled = model.scale(pixels, get(name).preprocessing)
    ours = images if scaled is pixels else keras.Model(pixels, scaled)(images)
    np.testing.assert_allclose(ours, module.preprocess_input(images.copy()), atol=1e-4)


@pytest.mark.parametrize("name", ["efficientnet_v2_b0", "convnext_tiny"])
def test_networks_that_scale_by_themselves_do_so_without_pretrained_weights(name):
    kinds = {type(layer).__name__ for layer in weights.build(get(name), 32).layers}
    assert "Normalization" in kinds


def head(classifier):
    return classifier.trainable.get_weights()[-4:]


def test_equal_seeds_give_equal_heads_and_others_do_not(small_network):
    backbone, network = small_network
    parts, point = model.split(network, backbone, 0), Hyperparameters(0, 4, 0.5, 0.01)
    first, same, other = (head(model.classifier(parts, 2, point, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_width_0_means_no_hidden_layer(small_network):
    backbone, network = small_network
    parts = model.split(network, backbone, 0)
    shapes = [w.shape for w in model.classifier(parts, 2, Hyperparameters(0, 0, 0.0, 0.01), 1).trainable.get_weights()]
    assert shapes == [(512, 2), (2,)]


def test_uint8_and_float32_pixels_give_the_same_answer(small_network, two_brands):
    backbone, network = small_network
    whole = model.classifier(model.split(network, backbone, 0), 2, Hyperparameters(0, 0, 0.0, 0.01), 1).whole
    images, _ = two_brands(2)
    np.testing.assert_array_equal(whole.predict(images, verbose=0), whole.predict(images.astype("float32"), verbose=0))


def test_probabilities_are_float32_under_mixed_precision(small_network):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        backbone, network = small_network
        parts = model.split(network, backbone, 0)
        whole = model.classifier(parts, 2, Hyperparameters(0, 0, 0.0, 0.01), 1).whole
    finally:
        keras.config.set_dtype_policy("float32")
    assert whole.outputs[0].dtype == "float32"
