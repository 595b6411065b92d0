import numpy as np
import pytest

from tuning import model, warm_start, weights
from tuning.model import Hyperparameters


@pytest.fixture
def classifier(small_network):
    """(seed, classes, depth, head width) -> a classifier with random weights of its own."""
    backbone, _network = small_network

    def make(seed, classes=2, depth=1, width=4):
        network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=seed)
        point = Hyperparameters(depth, width, 0.0, 0.01)
        return model.classifier(model.split(network, backbone, depth), classes, point, seed).whole, network, point

    return make


def test_the_backbone_goes_on_whatever_its_depth_was(small_network, classifier):
    backbone, _ = small_network
    former, former_network, point = classifier(1, depth=2)
    _whole, network, _point = classifier(2, depth=0)
    warm_start.take_backbone(network, backbone, former, point, seed=3)
    pairs = zip(network.get_weights(), former_network.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_the_head_goes_on_for_labels_it_knows_and_begins_anew_for_others(classifier):
    former, _network, _point = classifier(1, classes=2)
    whole, _network, _point = classifier(2, classes=3)
    fresh_kernel = whole.get_layer("trainable").get_layer("head_probabilities").get_weights()[0]
    fresh = warm_start.take_head(whole, ("acme", "new", "zeta"), former, ("zeta", "acme"))
    kernel = whole.get_layer("trainable").get_layer("head_probabilities").get_weights()[0]
    known = former.get_layer("trainable").get_layer("head_probabilities").get_weights()[0]
    assert fresh == ["new"]
    np.testing.assert_array_equal(kernel, np.stack([known[:, 1], fresh_kernel[:, 1], known[:, 0]], axis=1))


@pytest.mark.parametrize("width", [0, 4])
def test_a_head_is_given_its_weights_and_no_others(classifier, width):
    whole, network, _point = classifier(1, width=width)
    former, before = classifier(2, width=width)[0], network.get_weights()
    names = ("head_hidden", "head_probabilities") if width else ("head_probabilities",)
    head, given = ([array for name in names for array in one.get_layer("trainable").get_layer(name).get_weights()]
                   for one in (former, whole))  # fmt: skip
    assert not np.array_equal(head[0], given[0])
    warm_start.give_head(whole, head)
    given = [array for name in names for array in whole.get_layer("trainable").get_layer(name).get_weights()]
    assert all(np.array_equal(*pair) for pair in zip(given, head, strict=True))
    assert all(np.array_equal(*pair) for pair in zip(network.get_weights(), before, strict=True))


def test_a_head_of_another_shape_has_nothing_to_give(classifier):
    former, _network, _point = classifier(1, width=4)
    whole, _network, _point = classifier(2, width=0)
    before = whole.get_weights()
    assert warm_start.take_head(whole, ("acme", "zeta"), former, ("acme", "zeta")) == ["acme", "zeta"]
    assert all(np.array_equal(a, b) for a, b in zip(before, whole.get_weights(), strict=True))
