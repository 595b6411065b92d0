"""Several heads at once: every weight has a leading axis over trials, and one pass over the features trains them all.

A head is what model.classifier puts on a backbone: dropout, a hidden layer or none, dropout, one logit a class. All are
padded to one shape, so that whatever their width and pooling they can be stacked, and share one traced graph. The
random numbers behind the dropout masks are shared, too: each trial keeps a unit if the number is at least its own rate,
so that a trial's masks do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tuning import backend, model
from tuning.model import Hyperparameters

ops = keras.ops
Head = list[np.ndarray]  # kernels and biases, see initial and padded


def initial(channels: int, classes: int, point: Hyperparameters, seed: int) -> Head:
    """A fresh head as model.classifier makes it: kernel and bias of the hidden layer if it has one, and of the logits.

    channels: of the pooled vector, twice the backbone's.
    """
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
    are closed by `mask`.
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


def cut(stack: Sequence[np.ndarray], point: Hyperparameters) -> Head:
    """The head that `padded` made into a stack of one: as `initial` gives it."""
    past, kernel, bias, top, answers = (array[0] for array in stack)
    part, units = model.pooling_slice(point.pooling, len(past)), point.head_width
    return [kernel[part, :units], bias[:units], top[:units], answers] if units else [past[part], answers]


def mask(channels: int, point: Hyperparameters) -> np.ndarray:
    """Where a padded head reads the pooled vector: (2, channels), 1 or 0, past the hidden layer and through it."""
    read = np.zeros((2, channels), np.float32)
    read[1 if point.head_width else 0, model.pooling_slice(point.pooling, channels)] = 1
    return read


def stacked(
    points: Sequence[Hyperparameters], channels: int, classes: int, width: int, seed: int
) -> tuple[Head, np.ndarray]:  # fmt: skip
    """Fresh heads, padded, with a leading axis over trials; and their mask (trials, 2, channels)."""
    alike = {(point.pooling, point.head_width): point for point in points}  # they begin alike: drawing takes a while
    made = {kind: padded(initial(channels, classes, one, seed), channels, width, one) for kind, one in alike.items()}
    of_each = [made[point.pooling, point.head_width] for point in points]
    arrays = [np.stack(of_all) for of_all in zip(*of_each, strict=True)]
    return arrays, np.stack([mask(channels, point) for point in points])


def logits(
    weights: Sequence[Any], vector: Any, mask: Any, dropout: Any | None = None, state: Any = None,
    rows: tuple[int, Any] | None = None,
) -> Any:  # fmt: skip
    """Answers (trials, n, classes) of heads as `stacked` makes them.

    vector: (n, channels) for all trials or (trials, n, channels). mask: (trials, 2, channels).
    dropout: (trials,) rates, None outside training. state: backend.seed_of's for two draws, unused outside training.
    rows: if the vector is a part of a batch, the rows of the whole, and the places (n,) in it: what is dropped of a row
    does not depend on how its batch is cut. None if it is the whole.
    """
    past, hidden, hidden_bias, top, bias = weights
    if len(vector.shape) == 2:
        vector = ops.expand_dims(vector, 0)
    if dropout is not None:
        count, channels = ops.shape(vector)[1:]
        count, places = rows or (count, None)
        draws = backend.uniforms(state, [(count, channels), (count, ops.shape(hidden)[2])])
        draws = draws if places is None else [ops.take(draw, places, axis=0) for draw in draws]
        vector = _dropped(vector, draws[0], dropout)
    units = ops.relu(ops.matmul(vector * mask[:, 1:], hidden) + ops.expand_dims(hidden_bias, 1))
    if dropout is not None:
        units = _dropped(units, draws[1], dropout)
    return ops.matmul(vector * mask[:, :1], past) + ops.matmul(units, top) + ops.expand_dims(bias, 1)


def _dropped(vector: Any, draw: Any, rates: Any) -> Any:
    rates = ops.reshape(rates, (-1, 1, 1))
    return ops.where(ops.expand_dims(draw, 0) >= rates, vector / (1 - rates), 0.0)
