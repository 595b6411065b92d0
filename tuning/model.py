"""The classifier: pixels, a backbone cut in two, and a head.

The frozen part is a model of its own (`features`), so that its output can be stored once; `trainable` learns from
those stored activations and shares every weight with `whole`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import keras

from tuning import freezing, stages
from tuning.backbones import Backbone, Preprocessing

Pooling = Literal["avg", "max", "avg+max"]
OptimizerName = Literal["adamw", "sgd"]
Balancing = Literal["none", "class_weights", "sampling"]
# ImageNet's mean colour, taken off by the networks that were trained in Caffe: blue, green, red.
CAFFE_MEAN = (103.939, 116.779, 123.68)


@dataclass(frozen=True)
class Hyperparameters:
    """One point of the search space."""

    unfrozen_stages: int  # how many top stages learn
    head_width: int  # units of the hidden layer; 0 means none
    dropout: float  # [0, 1)
    learning_rate: float  # of the head, at its peak: warm-up and a cosine lead there and away, see schedule.py
    pooling: Pooling = "avg"
    optimizer: OptimizerName = "adamw"
    backbone_rate: float = 0.1  # share of the head's rate with which unfrozen stages learn; unused at depth 0
    weight_decay: float = 0.0  # share of a kernel taken off in each step, times the rate
    label_smoothing: float = 0.0  # [0, 1): share of the truth that is spread over all classes
    balancing: Balancing = "class_weights"
    augmentation: str = "none"  # a strength of augmentation.STRENGTHS
    mixup: float = 0.0  # parameter of the Beta distribution that mixes pairs; 0 switches it off
    image_side_px: int = 0  # 0: the network's input decides


@dataclass(frozen=True)
class Parts:
    """A backbone cut between its frozen and its unfrozen stages.

    features: pixels (n, side, side, 3) in [0, 255] -> activations at the cut; `pooled` (n, 2 * channels) at depth 0.
    unfrozen: activations -> `pooled`; None at depth 0, where nothing is left to learn.
    """

    features: keras.Model
    unfrozen: keras.Model | None


@dataclass(frozen=True)
class Classifier:
    """whole: pixels -> probabilities (n, classes). trainable: activations at the cut -> the same probabilities."""

    whole: keras.Model
    trainable: keras.Model


def split(network: keras.Model, backbone: Backbone, unfrozen_stages: int) -> Parts:
    """Cut a built network (weights.load); all parts share its weights. Raises ValueError if the depth is too great."""
    tensor = stages.cut(network, backbone, unfrozen_stages)
    pixels = keras.Input(network.inputs[0].shape[1:], name="pixels")
    activations = scale(pixels, backbone.preprocessing)
    if tensor is not network.inputs[0]:
        activations = keras.Model(network.inputs[0], tensor, name="frozen_stages")(activations)
    if unfrozen_stages == 0:
        # Pooling is constant too: stored activations are then a vector, not a map.
        activations = pooled(activations)
    features = keras.Model(pixels, activations, name="features")
    return Parts(features, unfrozen_part(network, backbone, unfrozen_stages))


def unfrozen_part(network: keras.Model, backbone: Backbone, unfrozen_stages: int) -> keras.Model | None:
    """Parts.unfrozen alone, for who has the activations already; all below it is frozen.

    Raises ValueError if the depth is too great.
    """
    tensor, part = stages.cut(network, backbone, unfrozen_stages), None
    if unfrozen_stages:
        top = keras.Model(tensor, network.outputs[0], name="unfrozen_stages")
        start = keras.Input(tensor.shape[1:], name="activations")
        part = keras.Model(start, pooled(top(start)), name="unfrozen")
    freezing.fix_inference(network)
    freezing.unfreeze(network, part)
    return part


def pooled(activations: keras.KerasTensor) -> keras.KerasTensor:
    """A map (n, height, width, channels) as a vector (n, 2 * channels): its averages, then its maxima.

    Both, whichever a head reads: the stored features of depth 0 then serve every head.
    """
    average, greatest = keras.layers.GlobalAveragePooling2D(name="average"), keras.layers.GlobalMaxPooling2D(name="max")
    return keras.layers.Concatenate(name="pooled")([average(activations), greatest(activations)])


def pooled_width(network: keras.Model) -> int:
    """Of a built network's `pooled` vector, whatever of it is unfrozen."""
    return 2 * int(network.outputs[0].shape[-1])


def pooling_slice(pooling: Pooling, width: int) -> slice:
    """Which part of `pooled`'s vector of that width a head with this pooling reads."""
    return {"avg": slice(0, width // 2), "max": slice(width // 2, width), "avg+max": slice(0, width)}[pooling]


def classifier(parts: Parts, classes: int, hyperparameters: Hyperparameters, seed: int) -> Classifier:
    """Put a fresh head on a cut backbone. Equal seeds give equal heads; no global generator is touched."""
    start = keras.Input(parts.features.outputs[0].shape[1:], name="start")
    vector = start if parts.unfrozen is None else parts.unfrozen(start)
    if hyperparameters.pooling != "avg+max":
        vector = vector[:, pooling_slice(hyperparameters.pooling, vector.shape[-1])]
    trainable = keras.Model(start, _head(vector, classes, hyperparameters, seed), name="trainable")
    pixels = keras.Input(parts.features.inputs[0].shape[1:], name="image")
    return Classifier(keras.Model(pixels, trainable(parts.features(pixels)), name="classifier"), trainable)


def scale(pixels: keras.KerasTensor, preprocessing: Preprocessing) -> keras.KerasTensor:
    """Pixels in [0, 255] as the backbone wants them, by Keras's own operations: the scaling travels with the model."""
    if preprocessing == "none":
        return keras.layers.Identity(name="scale")(pixels)  # Keras 3.12 refuses a model without any layer
    if preprocessing == "minus_one_to_one":
        return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(pixels)
    blue_first = keras.ops.flip(pixels, axis=-1)
    return keras.layers.Rescaling(1.0, offset=[-mean for mean in CAFFE_MEAN], name="scale")(blue_first)


def _head(vector: keras.KerasTensor, classes: int, hyperparameters: Hyperparameters, seed: int) -> keras.KerasTensor:
    layers, initializer = keras.layers, keras.initializers.GlorotUniform
    if hyperparameters.head_width:
        vector = layers.Dropout(hyperparameters.dropout, seed=seed, name="head_dropout_in")(vector)
        vector = layers.Dense(
            hyperparameters.head_width, activation="relu", kernel_initializer=initializer(seed), name="head_hidden"
        )(vector)
    vector = layers.Dropout(hyperparameters.dropout, seed=seed + 1, name="head_dropout")(vector)
    # float32 also under mixed precision: probabilities near 1 need the digits.
    return layers.Dense(
        classes, activation="softmax", kernel_initializer=initializer(seed + 1), dtype="float32",
        name="head_probabilities",
    )(vector)  # fmt: skip
