"""Several heads at once: every weight has a leading axis over trials, and one pass over the features trains them all.

A head is what model.classifier puts on a backbone: dropout, a hidden layer or none, dropout, one logit a class. Trials
whose heads have the same kernels' shapes are stacked. The random numbers behind the dropout masks are shared: each
trial keeps a unit if the number is at least its own rate, so that a trial's masks do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tuning import backend, model
from tuning.model import Hyperparameters

ops = keras.ops
Head = list[np.ndarray]  # kernel and bias of the hidden layer if there is one, kernel and bias of the logits


def initial(channels: int, classes: int, point: Hyperparameters, seed: int) -> Head:
    """A fresh head as model.classifier makes it. channels: of the pooled vector, twice the backbone's."""
    part = model.pooling_slice(point.pooling, channels)
    inputs = part.stop - part.start
    arrays: Head = []
    if point.head_width:
        arrays += _dense(inputs, point.head_width, seed)
        inputs = point.head_width
    return arrays + _dense(inputs, classes, seed + 1)


def _dense(inputs: int, units: int, seed: int) -> Head:
    kernel = keras.initializers.GlorotUniform(seed)((inputs, units), "float32")
    return [keras.ops.convert_to_numpy(kernel), np.zeros(units, np.float32)]


def padded(head: Head, channels: int, width: int, point: Hyperparameters) -> Head:
    """The same head for the whole pooled vector and a hidden layer of that width: what is added is 0.

    Added hidden units stay 0: nothing reaches them and nothing leaves them. Added inputs are read with `mask`. Trials
    of a depth then share one traced graph, whatever their widths and pooling.
    """
    part = model.pooling_slice(point.pooling, channels)
    kernel = np.zeros((channels, width if point.head_width else head[-1].shape[0]), np.float32)
    kernel[part, : head[0].shape[1]] = head[0]
    if not point.head_width:
        return [kernel, head[1]]
    bias, top = np.zeros(width, np.float32), np.zeros((width, head[2].shape[1]), np.float32)
    bias[: point.head_width], top[: point.head_width] = head[1], head[2]
    return [kernel, bias, top, head[3]]


def mask(channels: int, point: Hyperparameters) -> np.ndarray:
    """1 where the head reads the pooled vector (channels,), else 0."""
    read = np.zeros(channels, np.float32)
    read[model.pooling_slice(point.pooling, channels)] = 1
    return read


def stack(heads: Sequence[Head]) -> Head:
    """Heads of equal shapes with a leading axis over trials."""
    return [np.stack(arrays) for arrays in zip(*heads, strict=True)]


def logits(weights: Sequence[Any], vector: Any, dropout: Any | None = None, state: Any = None) -> Any:
    """Answers (trials, n, classes) of stacked heads.

    vector: (n, inputs) for all trials or (trials, n, inputs). dropout: (trials,) rates, None outside training.
    state: backend.seed_of's for two draws, unused outside training.
    """
    if len(vector.shape) == 2:
        vector = ops.expand_dims(vector, 0)
    if dropout is not None:
        rows, inputs = ops.shape(vector)[1:]
        shapes = [(rows, inputs)] + ([(rows, ops.shape(weights[0])[2])] if _hidden(weights) else [])
        draws = backend.uniforms(state, shapes)
        vector = _dropped(vector, draws[0], dropout)
    if _hidden(weights):
        vector = ops.relu(ops.matmul(vector, weights[0]) + ops.expand_dims(weights[1], 1))
        if dropout is not None:
            vector = _dropped(vector, draws[1], dropout)
    return ops.matmul(vector, weights[-2]) + ops.expand_dims(weights[-1], 1)


def _hidden(weights: Sequence[Any]) -> bool:
    return len(weights) == 4


def _dropped(vector: Any, draw: Any, rates: Any) -> Any:
    rates = ops.reshape(rates, (-1, 1, 1))
    return ops.where(ops.expand_dims(draw, 0) >= rates, vector / (1 - rates), 0.0)
