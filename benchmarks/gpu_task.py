"""What both halves of bench-gpu are given: coloured noise, a network, and a look at the GPU while something runs."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from tuning import weights
from tuning.backbones import Backbone

CLASSES = 2
_PERIOD_MS = 200  # between two looks at the GPU


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
    """What something gave, how long it took, and how busy the first GPU was: a median share, and its most memory."""

    value: Any
    seconds: float
    busy: float | None
    memory_mib: float | None


def watched(act: Callable[[], Any]) -> Watched:
    """Do it while nvidia-smi looks; where there is none, nothing is said of a GPU."""
    command = [
        "nvidia-smi", "--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits",
        f"--loop-ms={_PERIOD_MS}",
    ]  # fmt: skip
    look = subprocess.Popen(command, stdout=subprocess.PIPE, text=True) if shutil.which(command[0]) else None
    started = time.perf_counter()
    try:
        value = act()
    finally:
        seconds, said = time.perf_counter() - started, ""
        if look is not None:
            look.terminate()
            said, _ = look.communicate()
    rows = [[float(part) for part in line.split(",")] for line in said.splitlines() if line.count(",") == 1]
    if not rows:
        return Watched(value, seconds, None, None)
    return Watched(value, seconds, statistics.median(busy for busy, _ in rows) / 100, max(used for _, used in rows))
