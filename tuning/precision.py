"""In which numbers a network computes, by what the hardware is fast at. Weights and the head's answers stay float32."""

from __future__ import annotations

from typing import Literal

import keras

Precision = Literal["auto", "float32", "bfloat16", "float16"]


def policy(precision: Precision = "auto", capability: tuple[int, int] | None = None) -> str:
    """Keras's name of the dtype policy.

    capability: the GPU's compute capability; None asks the backend. "auto": bfloat16 from Ampere (8.0) on, which keeps
    float32's range and needs no scaling of the loss; float16 from Volta (7.0) on; float32 elsewhere: half precision
    is slower on a CPU.
    """
    if precision != "auto":
        return "float32" if precision == "float32" else f"mixed_{precision}"
    found = capability or gpu_capability()
    if found is None or found < (7, 0):
        return "float32"
    return "mixed_bfloat16" if found >= (8, 0) else "mixed_float16"


def gpu_capability() -> tuple[int, int] | None:
    """The least compute capability of the GPUs that the backend sees; None without a GPU."""
    found = _of_jax() if keras.backend.backend() == "jax" else _of_tensorflow()
    return min(found, default=None)


def _of_tensorflow() -> list[tuple[int, int]]:
    import tensorflow as tf

    details = (tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU"))
    return [detail.get("compute_capability", (0, 0)) for detail in details]


def _of_jax() -> list[tuple[int, int]]:
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    return [(int(major), int(minor)) for gpu in gpus for major, minor in [str(gpu.compute_capability).split(".")]]
