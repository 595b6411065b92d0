import keras
import numpy as np
import pytest

from tuning import backbones, export, frozen, model, weights
from tuning.frozen import Halves
from tuning.model import Hyperparameters


@pytest.fixture
def classifier(small_network):
    """(depth) -> a classifier over vgg16's starting weights, and its frozen part."""
    backbone, network = small_network

    def make(depth):
        network.set_weights(weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1).get_weights())
        parts = model.split(network, backbone, depth)
        return model.classifier(parts, 2, Hyperparameters(depth, 4, 0.1, 0.01), 1).whole, parts.features

    return make


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_v2_b0"])
def test_a_saved_models_frozen_part_has_the_digest_that_it_was_built_with(name, tmp_path):
    backbone = backbones.get(name)
    network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)
    parts = model.split(network, backbone, 2)
    export.save(model.classifier(parts, 2, Hyperparameters(2, 0, 0.1, 0.01), 1).whole, str(tmp_path), ["a", "b"], 32)
    loaded = Halves.of(export.load_keras(str(tmp_path)))
    assert frozen.digest_of(loaded.features) == frozen.digest_of(parts.features)


def test_what_is_above_the_cut_does_not_count_and_the_least_change_below_does(classifier):
    whole, features = classifier(1)
    before = frozen.digest_of(features)
    Halves.of(whole).trainable.trainable_weights[0].assign_add(
        np.ones(Halves.of(whole).trainable.trainable_weights[0].shape)
    )
    assert frozen.digest_of(features) == before
    bias = next(variable for variable in features.weights if len(variable.shape) == 1)
    bias.assign_add(np.eye(bias.shape[0])[0] * 1e-7)
    assert frozen.digest_of(features) != before


def test_the_digest_of_another_depth_is_another(classifier):
    assert frozen.digest_of(classifier(1)[1]) != frozen.digest_of(classifier(2)[1])


def test_a_models_backbone_computes_its_features(classifier, two_brands):
    whole, features = classifier(2)
    images = two_brands(4)[0].astype("float32")
    network = frozen.network_of(whole, backbones.get("vgg16"), 32, Hyperparameters(2, 4, 0.1, 0.01))
    again = model.split(network, backbones.get("vgg16"), 2).features
    np.testing.assert_array_equal(again.predict_on_batch(images), features.predict_on_batch(images))


def test_the_halves_together_are_the_whole(classifier, two_brands):
    whole, images = classifier(1)[0], two_brands(4)[0].astype("float32")
    halves = Halves.of(whole)
    joined = halves.trainable.predict_on_batch(halves.features.predict_on_batch(images))
    np.testing.assert_allclose(joined, whole.predict_on_batch(images), atol=1e-6)


def test_a_model_that_is_not_cut_has_no_halves():
    pixels = keras.Input((32, 32, 3))
    assert Halves.of(keras.Model(pixels, keras.layers.Flatten()(pixels))) is None
