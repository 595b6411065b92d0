"""The devices of this machine: which GPUs there are, one model on all of them, and whether XLA pays."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    import tensorflow as tf

_MANY_STEPS = 32


def prepare_search() -> None:
    """Tell TensorFlow what suits a search on this machine, for all of the process, before anything is computed.

    Of a GPU's memory it takes what it needs, see share_memory. On a CPU it would rewrite every graph before its first
    call, for 0.1 to 0.5 seconds each, as long as many a trial of few images takes. Features and answers by rewritten
    graphs were no faster, steps by 4 % at most (mobilenet_v2, xception): it leaves them as they are.
    """
    share_memory()
    if keras.backend.backend() == "tensorflow" and not gpus():
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def share_memory() -> None:
    """Let TensorFlow take a GPU's memory as it needs it. To be called before anything is computed.

    It would take all of it at once, and no other process would find any: a worker that shares the GPU, or a notebook.
    JAX is told so by XLA_PYTHON_CLIENT_PREALLOCATE=false.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # it has computed: an earlier call in this process decided
            tf.config.experimental.set_memory_growth(gpu, True)


def gpus() -> list[str]:
    """The GPUs that the backend sees, by the names that it understands: "/device:GPU:0", or "gpu:0" on JAX."""
    if keras.backend.backend() == "jax":
        import jax

        return [f"{device.platform}:{device.id}" for device in jax.local_devices() if device.platform == "gpu"]
    import tensorflow as tf

    return [gpu.name for gpu in tf.config.list_logical_devices("GPU")]


def strategy(devices: list[str] | None = None) -> tf.distribute.Strategy:
    """How variables are placed: mirrored on several GPUs, each of which takes its share of every batch; else as usual.

    devices: names such as "GPU:0"; None takes every GPU there is. Build the model and compile it in its scope.
    """
    import tensorflow as tf

    share_memory()
    found = gpus() if devices is None else devices
    return tf.distribute.MirroredStrategy(found) if len(found) > 1 else tf.distribute.get_strategy()


def compiles() -> bool:
    """Whether XLA is worth its time: on a GPU, and on JAX, which has no other way.

    On CPUs compiling took seconds, and TensorFlow's epochs were slower.
    """
    return keras.backend.backend() == "jax" or bool(gpus())


def steps_per_execution(unfrozen_stages: int) -> int:
    """Steps of a training with so many unfrozen stages that the device is given at once.

    Many of a head alone, and of any training on a GPU: the host needs longer to hand over such a step than the device
    to take it. On a CPU an unfrozen stage is left to single steps, for XLA's loops run convolutions on one core there.
    """
    return _MANY_STEPS if not unfrozen_stages or gpus() else 1
