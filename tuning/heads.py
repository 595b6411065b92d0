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
    """The same head for the whole pooled vector, with a hidden layer of that width and a way past it: what is added is
    0, and stays 0. Five arrays: kernel of the way past, then kernel and bias of the hidden layer, and of the logits.

    Nothing reaches added hidden units and nothing leaves them; added inputs, and the way that a head does not have,
    are closed by `mask`. Trials of a depth then share one traced graph, whatever their widths and pooling.
    """
    part, classes, width = model.pooling_slice(point.pooling, channels), head[-1].shape[0], max(width, 1)
    past, kernel = np.zeros((channels, classes), np.float32), np.zeros((channels, width), np.float32)
    bias, top = np.zeros(width, np.float32), np.zeros((width, classes), np.float32)
    if point.head_width:
        units = point.head_width
        kernel[part, :units], bias[:units], top[:units] = head[0], head[1], head[2]
    else:
        past[part] = head[0]
    return [past, kernel, bias, top, head[-1]]


def mask(channels: int, point: Hyperparameters) -> np.ndarray:
    """Where a padded head reads the pooled vector: (2, channels), 1 or 0, past the hidden layer and through it."""
    read = np.zeros((2, channels), np.float32)
    read[1 if point.head_width else 0, model.pooling_slice(point.pooling, channels)] = 1
    return read


def stack(heads: Sequence[Head]) -> Head:
    """Heads of equal shapes with a leading axis over trials."""
    return [np.stack(arrays) for arrays in zip(*heads, strict=True)]


def logits(
    weights: Sequence[Any], vector: Any, dropout: Any | None = None, state: Any = None, mask: Any | None = None,
    rows: tuple[int, Any] | None = None,
) -> Any:  # fmt: skip
    """Answers (trials, n, classes) of stacked heads.

    vector: (n, inputs) for all trials or (trials, n, inputs). dropout: (trials,) rates, None outside training.
    state: backend.seed_of's for two draws, unused outside training. mask: of a padded head.
    rows: if the vector is a part of a batch, the rows of the whole, and the places (n,) in it: what is dropped of a row
    does not depend on how its batch is cut. None if it is the whole.
    """
    if len(vector.shape) == 2:
        vector = ops.expand_dims(vector, 0)
    hidden = weights[-4:-2]  # none, or kernel and bias
    if dropout is not None:
        count, inputs = ops.shape(vector)[1:]
        count, places = rows or (count, None)
        shapes = [(count, inputs)] + ([(count, ops.shape(hidden[1])[1])] if hidden else [])
        draws = backend.uniforms(state, shapes)
        draws = draws if places is None else [ops.take(draw, places, axis=0) for draw in draws]
        vector = _dropped(vector, draws[0], dropout)
    past = 0.0 if mask is None else ops.matmul(vector * mask[0], weights[0])
    if hidden:
        read = vector if mask is None else vector * mask[1]
        vector = ops.relu(ops.matmul(read, hidden[0]) + ops.expand_dims(hidden[1], 1))
        if dropout is not None:
            vector = _dropped(vector, draws[1], dropout)
    return past + ops.matmul(vector, weights[-2]) + ops.expand_dims(weights[-1], 1)


def _dropped(vector: Any, draw: Any, rates: Any) -> Any:
    rates = ops.reshape(rates, (-1, 1, 1))
    return ops.where(ops.expand_dims(draw, 0) >= rates, vector / (1 - rates), 0.0)
