"""What Keras's operations leave to the backend: gradients, and compiling a function. TensorFlow or JAX.

Everything else in the search is Keras operations on lists of arrays, so that it runs on either.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

Arrays = list[Any]
_BACKEND_ERRORS = ("XlaRuntimeError", "JaxRuntimeError", "InternalError", "UnknownError")
_NO_MEMORY = ("RESOURCE_EXHAUSTED", "OUT_OF_MEMORY", "out of memory", "Out of memory", "ALLOC_FAILED")


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a graph that is traced once for each shape of its arguments.

    With XLA on a GPU. On a CPU compiling it took seconds a trial, and its epochs were slower in every backbone.
    """
    if _is_jax():
        import jax

        return jax.jit(function)
    import tensorflow as tf

    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    return tf.function(function, reduce_retracing=True, jit_compile=on_gpu or None, autograph=False)


def answering(model: keras.Model) -> Callable[[Any], Any]:
    """What the model answers to rows (n, ...) outside training, by a graph that reads its weights at every call."""
    if _is_jax():
        import jax

        call = jax.jit(lambda learned, rest, rows: model.stateless_call(learned, rest, rows, training=False)[0])
        sides = model.trainable_variables, model.non_trainable_variables
        return lambda rows: call(*([variable.value for variable in side] for side in sides), rows)
    import tensorflow as tf

    return tf.function(lambda rows: model(rows, training=False), reduce_retracing=True, autograph=False)


def gradients(loss: Callable[[Arrays], tuple[Any, Any]], weights: Arrays) -> tuple[Arrays, Any]:
    """Gradients of loss(weights)[0], a scalar, by each of the weights; and loss(weights)[1] beside them."""
    if _is_jax():
        import jax

        found, beside = jax.grad(loss, has_aux=True)(weights)
        return list(found), beside
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights)
        value, beside = loss(weights)
    return tape.gradient(value, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO), beside


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error says that memory did not suffice, in Python, TensorFlow or JAX."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return True
    # Libraries that a backend calls (cuDNN, cuBLAS, the driver) fail in words of their own.
    return type(error).__name__ in _BACKEND_ERRORS and any(word in str(error) for word in _NO_MEMORY)


def seed_of(seed: int, step: int, draws: int) -> np.ndarray:
    """The state (2,) of a generator of random numbers at a step that draws that many times."""
    return np.array([seed % 2**31, (step * draws) % 2**31], _generator().state.dtype)


def uniforms(state: Any, shapes: Sequence[tuple[Any, ...]]) -> Arrays:
    """Numbers in [0, 1) of each shape, decided by the state alone (seed_of): no generator is left changed."""
    generator = _generator()
    with keras.StatelessScope(state_mapping=[(generator.state, state)]):
        return [keras.random.uniform(shape, seed=generator) for shape in shapes]


@functools.cache
def _generator() -> keras.random.SeedGenerator:
    # Made once, outside of any graph; only its place in a stateless scope is used.
    return keras.random.SeedGenerator(0)


def _is_jax() -> bool:
    name = keras.backend.backend()
    if name not in ("jax", "tensorflow"):
        raise ValueError(f"KERAS_BACKEND={name}: the search runs on tensorflow or jax.")
    return name == "jax"
