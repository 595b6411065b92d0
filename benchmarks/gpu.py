"""make bench-gpu: search and final training on a GPU with JAX, in absolute times and beside a bare Keras loop.

Needs no TensorFlow and no installed package: Keras, JAX, NumPy and scikit-learn, run from the repository's root, with
GPU or without. KERAS_BACKEND is set here.
1. Search: the same points by plain Keras, the whole network from pixels for each, and by ours from stored features.
2. Final training: images a second of the whole network with live augmentation, by tuning.fit and by Keras's own fit.
Weights are those that `brandlens weights` stored, else random ones; images are noise that its class colours: neither
changes how long anything takes. Every network has a process of its own; a run that was cut short goes on where it was;
--fresh begins anew. Writes build/bench/gpu.json.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"  # of this process, and of those that measure
os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # else JAX takes most of the GPU; what is needed cannot be seen

from benchmarks import gpu_fit, gpu_search, gpu_task
from benchmarks.search_state import State

FOLDER = Path("build/bench")
SEARCHED = ("mobilenet_v2", "xception", "vgg16")
FITTED = ("xception", "convnext_tiny", "efficientnet_v2_b0")
SMALL = ("mobilenet_v2",)


def main() -> None:
    """Measure what is not measured yet, and write what was asked for."""
    options = _options()
    precision = "float32" if options.quick else "bfloat16"
    searched = gpu_search.Task(96, 64, 1, 2, 16) if options.quick else gpu_search.Task(96, 2048, 2, 8, 32)
    fitted = gpu_fit.Task(32, 32, 2, 8) if options.quick else gpu_fit.Task(224, 8192, 4, options.batch_size)
    state = State.of(FOLDER / "gpu", [precision, asdict(searched), asdict(fitted)], fresh=options.fresh)

    def measured(part: str, function: Any, task: Any, names: Sequence[str]) -> dict[str, Any]:
        given = {"precision": precision, "task": asdict(task)}
        return {name: state.measured(f"{part}-{name}", function, {**given, "name": name}) for name in names}

    def chosen(part: str, names: Sequence[str]) -> Sequence[str]:
        names = SMALL if options.quick else names
        return [name for name in options.only or names if name in names] if options.part in (None, part) else []

    names = chosen("search", SEARCHED)
    fit = measured("fit", gpu_fit.measured, fitted, chosen("fit", FITTED))
    plain = measured("search-plain", gpu_search.plain, searched, names)
    ours = measured("search-ours", gpu_search.ours, searched, names)
    figures = {
        "machine": state.measured("machine", gpu_task.machine, {}), "precision": precision, "fit": fit,
        "search": {name: {"ours": ours[name], "plain": plain[name]} for name in names},
    }  # fmt: skip
    _write("gpu-quick" if options.quick else "gpu", figures)


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--batch-size", type=int, default=64, help="of the final training")
    arguments.add_argument("--part", choices=("search", "fit"), help="one of them")
    arguments.add_argument("--only", nargs="+", choices=sorted({*SEARCHED, *FITTED}), help="these networks")
    arguments.add_argument("--quick", action="store_true", help="one small network, few images: does it run?")
    arguments.add_argument("--fresh", action="store_true", help="forget what an earlier run has measured")
    return arguments.parse_args()


def _write(name: str, figures: dict[str, Any]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    text = json.dumps(figures, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"{text}\nwritten to {path}", flush=True)


if __name__ == "__main__":
    main()
