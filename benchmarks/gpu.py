"""make bench-gpu: search and final training on a GPU with JAX, in absolute times and beside a bare Keras loop.

Needs no TensorFlow and no installed package: Keras, JAX, NumPy and scikit-learn, run from the repository's root, with
GPU or without. KERAS_BACKEND is set here.
1. Search: the same points by plain Keras, the whole network from pixels for each, and by ours from stored features.
2. Final training: images a second of the whole network with live augmentation, by tuning.fit and by Keras's own fit.
Weights are those that `brandlens weights` stored, else random ones; images are noise that its class colours: neither
changes how long anything takes. Writes build/bench/gpu.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras

from benchmarks import gpu_fit, gpu_search
from tuning import devices, precision

FOLDER = Path("build/bench")
SEARCHED = ("mobilenet_v2", "xception")
FITTED = ("xception", "convnext_tiny", "efficientnet_v2_b0")
SMALL = ("mobilenet_v2",)


def main() -> None:
    """Measure, print a line for each, and write everything down."""
    options = _options()
    policy = precision.policy("float32" if options.quick else "bfloat16")
    keras.config.set_dtype_policy(policy)
    started, devices_seen = time.time(), [device.device_kind for device in jax.devices()]
    print(f"{keras.backend.backend()} on {', '.join(devices_seen)}, {policy}", flush=True)
    searched = gpu_search.Task(96, 64, 1, 2, 16) if options.quick else gpu_search.Task(96, options.images, 6, 8, 32)
    fitted = gpu_fit.Task(32, 32, 2, 8) if options.quick else gpu_fit.Task(224, options.images, 4, options.batch_size)
    figures: dict[str, Any] = {
        "search": {name: _said(name, gpu_search.measured(name, searched)) for name in _names(options, SEARCHED)},
        "fit": {name: _said(name, gpu_fit.measured(name, fitted)) for name in _names(options, FITTED)},
    }
    versions = {"python": platform.python_version(), "jax": jax.__version__, "keras": keras.__version__}
    about = {
        "devices": devices_seen,
        "gpus": devices.gpus(),
        "policy": policy,
        "versions": versions,
        "quick": options.quick,
    }
    _write("gpu-quick" if options.quick else "gpu", {**figures, **about, "seconds": time.time() - started})
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow was loaded: it takes a GPU's memory from JAX")


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--images", type=int, default=2048, help="for training; an eighth as many for validation")
    arguments.add_argument("--batch-size", type=int, default=64, help="of the final training")
    arguments.add_argument("--only", choices=sorted({*SEARCHED, *FITTED}), help="one network")
    arguments.add_argument("--quick", action="store_true", help="one small network, few images: does it run?")
    return arguments.parse_args()


def _names(options: argparse.Namespace, names: tuple[str, ...]) -> tuple[str, ...]:
    if options.only:
        return tuple(name for name in names if name == options.only)
    return SMALL if options.quick else names


def _said(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    shown = {key: round(value, 3) for key, value in figures.items() if isinstance(value, float)}
    print(f"{name}: {', '.join(f'{key} {value}' for key, value in shown.items())}", flush=True)
    return figures


def _write(name: str, figures: dict[str, Any]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"written to {path}", flush=True)


if __name__ == "__main__":
    main()
