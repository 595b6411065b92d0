"""A backbone as a chain of pieces between cuts: what is computed for one cut goes on to the next.

tuning/model.py splits a network for a trial at one cut; the features here are the same numbers, at many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import keras
import numpy as np

from tuning import freezing, model, normalization, stages
from tuning.backbones import Backbone
from tuning.store.address import IMAGES, depth_of

BATCH = 32  # rows at once
_STEP = 8  # of the sizes of the last batch of a block: kernels are chosen for a few shapes, and few rows are in vain


def ordered(backbone: Backbone, cuts: Sequence[str]) -> tuple[str, ...]:
    """Distinct cuts from the pixels upwards. Raises ValueError if the backbone lacks one."""
    return tuple(sorted(set(cuts), key=lambda cut: -depth_of(backbone, cut)))


def piece(network: keras.Model, backbone: Backbone, lower: str, upper: str) -> keras.Model:
    """The network from one cut to a higher one: activations at lower -> activations at upper.

    From "images", pixels (n, side, side, 3) in [0, 255] go in. At "pooled" the map is pooled, as heads want it.
    network: built, its weights loaded (weights.load).
    """
    above = stages.cut(network, backbone, depth_of(backbone, upper))
    below = network.inputs[0] if lower == IMAGES else stages.cut(network, backbone, depth_of(backbone, lower))
    start = keras.Input(below.shape[1:], name="start")
    end = model.scale(start, backbone.preprocessing) if lower == IMAGES else start
    if above is not below:
        end = keras.Model(below, above, name="stages")(end)
    if depth_of(backbone, upper) == 0:
        end = model.pooled(end)
    made = keras.Model(start, end, name="piece")
    made.trainable = False
    return made


class Chain:
    """The pieces from a cut up through several others, ready to run on batches."""

    def __init__(self, network: keras.Model, backbone: Backbone, start: str, cuts: Sequence[str]) -> None:
        """network: see piece; its BatchNormalization is put in inference mode, and folded."""
        freezing.fix_inference(network)
        normalization.fold(network)
        self.cuts = ordered(backbone, cuts)
        lowers = (start, *self.cuts[:-1])
        pieces = [piece(network, backbone, *pair) for pair in zip(lowers, self.cuts, strict=True)]
        self.shapes = {cut: made.outputs[0].shape[1:] for cut, made in zip(self.cuts, pieces, strict=True)}
        self._calls = [Call(made) for made in pieces]
        self._begun = False

    def pieces(self) -> list[tuple[str, Call]]:
        """Each cut with what computes it from the one before it, from the lowest to the highest."""
        return list(zip(self.cuts, self._calls, strict=True))

    def compile_ahead(self) -> None:
        """Compile the pieces in a thread, each while the one before it computes its first batch; `run` does it, too.

        Few images are computed in less time than TensorFlow takes to trace the network.
        """
        if not self._begun:
            self._begun, thread = True, ThreadPoolExecutor(1)
            for call in self._calls:
                thread.submit(call.compile)  # an error is raised to who calls, and so compiles again
            thread.shutdown(wait=False)

    def run(self, start: Any) -> Iterator[tuple[str, Any]]:
        """Each cut with its activations, as tensors of Keras's backend, from the lowest to the highest."""
        self.compile_ahead()
        activations = start
        for cut, call in self.pieces():
            activations = call(activations)
            yield cut, activations

    def top(self, start: Any) -> np.ndarray:
        """The highest cut's activations of any number of rows: (k, ...) float32."""
        found = [self._top(start[batch]) for batch in batches(len(start))]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _top(self, start: Any) -> np.ndarray:
        *_, (_, activations) = self.run(padded(start))
        return keras.ops.convert_to_numpy(activations).astype(np.float32, copy=False)[: len(start)]


def batches(count: int) -> list[slice]:
    """The rows of each call, BATCH of them; at most half as many at the end go with the ones before.

    Not on JAX, which compiles each shape.
    """
    starts = list(range(0, count, BATCH))
    if len(starts) > 1 and count - starts[-1] <= BATCH // 2 and _shapes_are_free():
        starts.pop()
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], count], strict=False)]


def padded(rows: Any) -> Any:
    """A batch with its first row repeated up to a size that calls have: on JAX BATCH, else a multiple of 8."""
    size = -(-len(rows) // _STEP) * _STEP if _shapes_are_free() else BATCH
    lacking = size - len(rows)
    return rows if lacking == 0 else keras.ops.concatenate([rows, keras.ops.repeat(rows[:1], lacking, axis=0)])


def _shapes_are_free() -> bool:
    return bool(keras.backend.backend() != "jax")


class Call:
    """A model's answer to a batch as `padded` gives it, in inference mode, by a graph that the backend compiled."""

    def __init__(self, made: keras.Model) -> None:
        self._made, self._graph, self._compiling = made, None, Lock()

    def __call__(self, rows: Any) -> Any:
        """Activations of the rows, as a tensor of the backend."""
        return self.compile()(keras.ops.cast(rows, "float32"))

    def compile(self) -> Any:
        """The graph, made at the first time."""
        with self._compiling:
            if self._graph is None:
                self._graph = _compiled(self._made)
            return self._graph


def _compiled(made: keras.Model) -> Any:
    trainable, rest = made.trainable_variables, made.non_trainable_variables
    if keras.backend.backend() == "jax":
        import jax

        state = [[variable.value for variable in variables] for variables in (trainable, rest)]
        call = jax.jit(lambda trainable, rest, x: made.stateless_call(trainable, rest, x, training=False)[0])
        return lambda x: call(*state, x)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # The weights stay as they are: as tensors they are nothing but arguments of the graph. A graph that reads
        # variables takes a few images of a new process a twelfth longer.
        state = [[tf.convert_to_tensor(variable.value) for variable in variables] for variables in (trainable, rest)]
        function = tf.function(lambda x: made.stateless_call(*state, x, training=False)[0], autograph=False)
        # Without XLA: compiling takes seconds, and on a CPU its code was slower.
        return function.get_concrete_function(tf.TensorSpec((None, *made.inputs[0].shape[1:]), tf.float32))
    return lambda x: made(x, training=False)
