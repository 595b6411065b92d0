"""What both halves of bench-gpu are given: coloured noise, a network, and a look at the GPU while something runs."""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from typing_extensions import Self

from tuning import devices, precision, weights
from tuning.backbones import Backbone
from tuning.precision import Precision

CLASSES = 2
_PERIOD_MS = 200  # between two looks at the GPU


def machine() -> dict[str, Any]:
    """What computes, and in which versions."""
    import jax

    versions = {"python": platform.python_version(), "jax": jax.__version__, "keras": keras.__version__}
    return {"devices": [one.device_kind for one in jax.devices()], "gpus": devices.gpus(), "versions": versions}


def prepare(numbers: Precision) -> None:
    """Compute in these from now on."""
    keras.config.set_dtype_policy(precision.policy(numbers))


def pictures(count: int, side_px: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise, uint8 (count, side_px, side_px, 3), which is redder or bluer as its class (count,) says."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    pixels = generator.integers(0, 200, (count, side_px, side_px, 3), np.uint8)
    pixels[np.arange(count), :, :, 2 * labels] += 20
    return pixels, labels


def network(backbone: Backbone, side_px: int) -> keras.Model:
    """The backbone with the weights that are stored on this machine, else with random ones: nothing is downloaded."""
    found = weights.resolve(backbone, "imagenet")
    if found.source == "imagenet":
        found = weights.resolve(backbone, "none")
    return weights.load(backbone, found, side_px, seed=0)


class Watched(NamedTuple):
    """What something gave, how long it took, and of the first GPU: the share of time it was busy, its most memory.

    looks: when it was looked at (time.perf_counter) and the share then; empty where there is no GPU.
    """

    value: Any
    seconds: float
    looks: list[tuple[float, float]]
    memory_mib: float | None

    def busy(self, since: float = 0.0) -> float | None:
        """The mean share since then."""
        return statistics.fmean(shares) if (shares := [share for at, share in self.looks if at >= since]) else None


def watched(act: Callable[[], Any]) -> Watched:
    """Do it while nvidia-smi looks; where there is none, nothing is said of a GPU.

    Raises RuntimeError if TensorFlow was loaded by then.
    """
    started = time.perf_counter()
    with _Look() as look:
        value = act()
        seconds = time.perf_counter() - started
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow was loaded: it takes a GPU's memory from JAX")
    memory = max((used for _, _, used in look.rows), default=None)
    return Watched(value, seconds, [(at, busy / 100) for at, busy, _ in look.rows], memory)


class _Look:
    """Rows of (when, percent busy, MiB used), read in a thread while the context is open."""

    def __init__(self) -> None:
        command = [
            "nvidia-smi", "--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits",
            f"--loop-ms={_PERIOD_MS}",
        ]  # fmt: skip
        self.rows: list[tuple[float, float, float]] = []
        self._process = (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) if shutil.which(command[0]) else None
        )
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
        self._thread.join()

    def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        for line in self._process.stdout:
            if line.count(",") == 1:
                busy, used = map(float, line.split(","))
                self.rows.append((time.perf_counter(), busy, used))
