"""The frozen part of a classifier, known by its numbers: whether stored features are its own is decided, not hoped."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import keras
import numpy as np

from tuning import warm_start, weights
from tuning.backbones import Backbone
from tuning.model import Hyperparameters

FEATURES, TRAINABLE = "features", "trainable"  # model.py's names of a classifier's two parts


@dataclass(frozen=True)
class Halves:
    """A classifier (Classifier.whole, as it was built or loaded from its file) where it is cut.

    features: pixels (n, side, side, 3) -> activations at the cut. trainable: these -> probabilities (n, classes).
    """

    features: keras.Model
    trainable: keras.Model

    @staticmethod
    def of(whole: keras.Model) -> Halves | None:
        """None if the model is not cut in this way."""
        layers = {layer.name: layer for layer in whole.layers}
        if FEATURES not in layers or TRAINABLE not in layers:
            return None
        return Halves(layers[FEATURES], layers[TRAINABLE])


def digest_of(features: keras.Model) -> str:
    """SHA-256 of a frozen part's weights, their shapes and order; names do not count: they carry counters."""
    total = hashlib.sha256()
    for array in features.get_weights():
        total.update(f"{array.dtype.str} {array.shape} ".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def network_of(whole: keras.Model, backbone: Backbone, side_px: int, point: Hyperparameters) -> keras.Model:
    """A backbone of its own with a classifier's weights, whose frozen stages compute what the classifier's do.

    whole: Classifier.whole with hyperparameters `point`. Raises ValueError if its weights have other shapes.
    """
    network = weights.build(backbone, side_px)
    warm_start.take_backbone(network, backbone, whole, point, seed=0)
    return network
