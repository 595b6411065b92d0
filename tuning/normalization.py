"""BatchNormalization in inference mode as what it then is: every channel scaled and shifted by constants.

Keras computes the constants from four vectors at every call, by a dozen operations where two are needed. Most of a
backbone's operations are these, and a search pays for each when its graphs are traced, which takes longer than
computing the features of a few images, or the steps of a short trial.
"""

from __future__ import annotations

from typing import Any

import keras

ops = keras.ops


def fold(network: Any) -> None:
    """Let a network's BatchNormalization scale and shift by the constants that its vectors give now.

    In training, too, and wherever the network's layers are used; weights that are loaded later do not count. For
    networks whose weights stay as they are, as in a search: not for one that is saved or goes on learning as a whole.
    """
    for layer in network._flatten_layers():
        is_last = isinstance(layer, keras.layers.BatchNormalization) and layer.axis in (-1, layer.input_spec.ndim - 1)
        if is_last and not isinstance(layer.call, _Folded):
            layer.call = _Folded(layer)


class _Folded:
    """Stands for a layer's `call`."""

    def __init__(self, layer: keras.layers.BatchNormalization) -> None:
        mean, variance, gamma, beta = (
            None if vector is None else vector.value
            for vector in (layer.moving_mean, layer.moving_variance, layer.gamma, layer.beta)
        )
        # The backend's own operations, in Keras's order: activations are then the same to the last digit.
        scale = ops.rsqrt(variance + layer.epsilon)
        scale = scale if gamma is None else scale * gamma
        shift = mean * scale
        shift = -shift if beta is None else beta - shift
        self._scale, self._shift = ops.convert_to_numpy(scale), ops.convert_to_numpy(shift)

    def __call__(self, inputs: Any, **_training_or_mask: Any) -> Any:
        """In float32 whatever numbers the network computes in, as Keras does it."""
        numbers = keras.backend.standardize_dtype(inputs.dtype)
        if numbers == "float32":
            return inputs * self._scale + self._shift
        return ops.cast(ops.cast(inputs, "float32") * self._scale + self._shift, numbers)
