"""Going on from what was trained before: a model, also if brands have been added or its depth was another; a head."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from tuning import model
from tuning.backbones import Backbone
from tuning.model import Hyperparameters

HIDDEN, ANSWERS = "head_hidden", "head_probabilities"  # model.py's names of the layers with weights


def take_backbone(
    network: keras.Model, backbone: Backbone, former: keras.Model, point: Hyperparameters, seed: int
) -> None:
    """Give a built network the weights of a trained classifier's backbone.

    former: Classifier.whole of the same backbone and side, cut as its hyperparameters `point` say: the same cut is
    made here, so that weights meet their like in order; names of layers carry counters and cannot be relied on.
    Raises ValueError if its weights have other shapes.
    """
    parts = model.split(network, backbone, point.unfrozen_stages)
    twin = model.classifier(parts, former.outputs[0].shape[-1], point, seed).whole
    twin.set_weights(former.get_weights())


def take_head(
    whole: keras.Model, labels: Sequence[str], former: keras.Model, former_labels: Sequence[str]
) -> list[str]:
    """Give a classifier's head what a former one knew of the same labels; the labels that begin anew.

    Heads of different shape have nothing to give: then every label begins anew.
    """
    heads, formers = _head(whole), _head(former)
    if {name: _reads(layer) for name, layer in heads.items()} != {n: _reads(layer) for n, layer in formers.items()}:
        return list(labels)
    for name in heads.keys() - {ANSWERS}:
        heads[name].set_weights(formers[name].get_weights())
    kernel, bias = (np.array(array) for array in heads[ANSWERS].get_weights())
    former_kernel, former_bias = formers[ANSWERS].get_weights()
    shared = [label for label in labels if label in former_labels]
    at, there = [labels.index(label) for label in shared], [former_labels.index(label) for label in shared]
    kernel[:, at], bias[at] = former_kernel[:, there], former_bias[there]
    heads[ANSWERS].set_weights([kernel, bias])
    return [label for label in labels if label not in former_labels]


def give_head(whole: keras.Model, head: Sequence[np.ndarray]) -> None:
    """Give a classifier's head its weights, see heads.initial. Raises ValueError if they have other shapes."""
    layers = _head(whole)
    *hidden, kernel, bias = head
    if hidden:
        layers[HIDDEN].set_weights(hidden)
    layers[ANSWERS].set_weights([kernel, bias])


def _head(whole: keras.Model) -> dict[str, keras.layers.Dense]:
    """The head's layers that have weights, by name."""
    found = (layer for layer in whole._flatten_layers() if isinstance(layer, keras.layers.Dense))
    return {layer.name: layer for layer in found if layer.name.startswith("head_")}


def _reads(layer: keras.layers.Dense) -> int:
    return int(layer.kernel.shape[0])  # the answers' number may differ
