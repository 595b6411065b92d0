"""What learns and what does not."""

from __future__ import annotations

from typing import Any


def fix_inference(network: Any) -> None:
    """Make a backbone behave in training as it does in prediction, wherever it is called from.

    BatchNormalization keeps its moving statistics, scale and shift; drop-connect is switched off. The flags sit on the
    layers because a functional model hands its own `training` down and overrides a `training=False` given inside.
    With this, activations at a cut are constants as long as the layers below it are frozen.
    """
    import keras

    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0


def unfreeze(network: Any, unfrozen: Any | None) -> None:
    """Freeze a backbone, and let a part of it learn, its BatchNormalization excepted."""
    _set(network, False)
    if unfrozen is not None:
        _set(unfrozen, True)
        fix_inference(unfrozen)


def _set(model: Any, trainable: bool) -> None:
    # Layer by layer: setting a model to the value that it has already does nothing, even if its layers have another.
    for layer in model._flatten_layers():
        layer.trainable = trainable
