import numpy as np
import pytest
import tensorflow as tf

from tuning import model
from tuning.features import Features
from tuning.model import Hyperparameters
from tuning.watch import Validation


@pytest.mark.parametrize("depth", [0, 1])
def test_figures_from_features_are_those_of_the_whole_model_from_pixels(small_network, two_brands, depth):
    backbone, network = small_network
    parts = model.split(network, backbone, depth)
    classifier = model.classifier(parts, 2, Hyperparameters(depth, 4, 0.1, 0.01), 1)
    images, labels = two_brands(21, 5)
    rows = parts.features.predict(images.astype("float32"), verbose=0)
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    of_images = Validation(classifier.whole, dataset, 8, "macro_f1").figures()
    of_features = Validation(classifier.trainable, Features([rows], labels), 8, "macro_f1").figures()
    assert of_features == pytest.approx(of_images, abs=1e-5)
    assert 0 < of_images["objective"] < 1  # neither of the two is a constant


def test_of_several_views_the_unchanged_one_is_asked_about(small_network, two_brands):
    backbone, network = small_network
    parts = model.split(network, backbone, 0)
    trainable = model.classifier(parts, 2, Hyperparameters(0, 0, 0.1, 0.01), 1).trainable
    images, labels = two_brands(8, 5)
    rows = parts.features.predict(images.astype("float32"), verbose=0)
    alone, beside = (
        Validation(trainable, Features(views, labels), 4, "macro_f1").figures()
        for views in ([rows], [rows, np.zeros_like(rows)])
    )
    assert alone == beside


def test_no_features_are_no_validation(small_network):
    backbone, network = small_network
    parts = model.split(network, backbone, 0)
    trainable = model.classifier(parts, 2, Hyperparameters(0, 0, 0.1, 0.01), 1).trainable
    empty = Features([np.zeros((0, *trainable.inputs[0].shape[1:]), np.float32)], np.zeros(0, np.int64))
    with pytest.raises(ValueError, match="validation split is empty"):
        Validation(trainable, empty, 4, "macro_f1").figures()
