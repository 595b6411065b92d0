import keras
import numpy as np
import pytest

from tuning import backbones, model, optimizer, weights
from tuning.model import Hyperparameters


@pytest.fixture(scope="module")
def mobilenet():
    backbone = backbones.get("mobilenet_v2")
    network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)
    return backbone, network, network.get_weights()


def fitted(mobilenet, images, depth):
    """The variables that one step of training the whole model changed, by path."""
    backbone, network, start = mobilenet
    network.set_weights(start)
    point = Hyperparameters(depth, 0, 0.0, 0.01)
    classifier = model.classifier(model.split(network, backbone, depth), 2, point, seed=1)
    before = {variable.path: variable.numpy() for variable in network.variables}
    whole = keras.Model(classifier.whole.inputs, classifier.whole.outputs)
    whole.compile(optimizer.make(point, steps=1), "sparse_categorical_crossentropy")
    whole.fit(images, np.arange(len(images)) % 2, verbose=0)
    return {v.path for v in network.variables if not np.array_equal(before[v.path], v.numpy())}


@pytest.mark.parametrize("depth", [2, 9])
def test_batch_normalisation_does_not_move_in_training(mobilenet, two_brands, depth):
    changed = fitted(mobilenet, two_brands(8)[0], depth)
    assert changed
    assert not [path for path in changed if "moving" in path or "gamma" in path or "beta" in path]


def test_with_everything_frozen_no_variable_of_the_network_moves(mobilenet, two_brands):
    assert fitted(mobilenet, two_brands(8)[0], 0) == set()


def test_only_the_unfrozen_stages_move(mobilenet, two_brands):
    # Top: one convolution; below it the three of the last bottleneck. The full depth before must not matter.
    model.split(mobilenet[1], mobilenet[0], 0)
    assert fitted(mobilenet, two_brands(8)[0], 1) == {"Conv_1/kernel"}
    assert {path.rsplit("/", 1)[0] for path in fitted(mobilenet, two_brands(8)[0], 2)} == {
        "block_16_expand", "block_16_depthwise", "block_16_project", "Conv_1"
    }  # fmt: skip


def test_drop_connect_is_off_in_training():
    backbone = backbones.get("efficientnet_v2_b0")
    network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)
    unfrozen = model.split(network, backbone, 2).unfrozen
    activations = np.random.default_rng(0).normal(size=(2, *unfrozen.inputs[0].shape[1:])).astype("float32")
    np.testing.assert_array_equal(unfrozen(activations, training=True), unfrozen(activations, training=False))
    assert any(isinstance(layer, keras.layers.Dropout) for layer in unfrozen._flatten_layers())
