"""The devices of this machine: one model on all its GPUs, compiled by XLA where that pays."""

from __future__ import annotations

import tensorflow as tf


def strategy(devices: list[str] | None = None) -> tf.distribute.Strategy:
    """How variables are placed: mirrored on several GPUs, each of which takes its share of every batch; else as usual.

    devices: names such as "GPU:0"; None takes every GPU there is. Build the model and compile it in its scope.
    """
    found = devices if devices is not None else [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return tf.distribute.MirroredStrategy(found) if len(found) > 1 else tf.distribute.get_strategy()


def compiles() -> bool:
    """Whether XLA is worth its time: on a GPU. On CPUs compiling took seconds, and epochs were slower."""
    return bool(tf.config.list_physical_devices("GPU"))
