"""make bench-features: what the feature cache costs, what it saves, and what half precision does to scores.

Works on the sample's drawings at 96 pixels, with the pretrained weights that `brandlens weights` stores. Filling is
compared with the same network's bare predict loop over the same images in the same run.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import keras
import numpy as np
from PIL import Image

from benchmarks import table
from tuning import backbones, model, objective, weights
from tuning.backbones import Backbone
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.store.planner import Verdict
from tuning.store.planning import Demand
from tuning.store.source import StoredSource, StoreSettings

SIDE_PX = 96
BACKBONES = ("mobilenet_v2", "xception", "vgg16")
TRIALS, EPOCHS = 24, 8
SEEDS = range(5)
NEW = 0.05  # share of images that come later


def main() -> None:
    """Measure each backbone and write build/bench/features.json."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", default="build/sample", help="what `brandlens sample-data` wrote")
    arguments.add_argument("--images", type=int, default=800)
    options = arguments.parse_args()
    images, labels = drawings(Path(options.sample), options.images)
    rows: dict[str, Mapping[str, Any]] = {}
    seconds, ratios, noise = [], [], {}
    for name in BACKBONES:
        measured, figures = of_backbone(backbones.get(name), images, labels)
        rows.update(measured)
        seconds.append((figures["first_s"], figures["second_s"]))
        ratios.append(figures["fill_to_predict"])
        noise[name] = figures["noise"]
    summary = {
        "images": len(images),
        # Everything that stands between a search and its features: also measuring, tracing and checking of files.
        "feature_increment_cost_share": sum(second for _, second in seconds) / sum(first for first, _ in seconds),
        "fill_to_predict": max(ratios),
        **{f"{name}: {key}": value for name, figures in noise.items() for key, value in figures.items()},
    }  # fmt: skip
    table.report("features", summary, rows)


def drawings(sample: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The sample's first pictures, uint8 (n, SIDE_PX, SIDE_PX, 3), and their brands."""
    with (sample / "manifest.csv").open(encoding="utf-8") as file:
        listed = sorted(csv.DictReader(file), key=lambda row: row["group"])[:count]
    names = sorted({row["label"] for row in listed})
    pictures = np.stack([pixels(sample / row["uri"]) for row in listed])
    return pictures, np.array([names.index(row["label"]) for row in listed])


def pixels(file: Path | BinaryIO) -> np.ndarray:
    """An encoded image as uint8 (SIDE_PX, SIDE_PX, 3)."""
    return np.asarray(Image.open(file).convert("RGB").resize((SIDE_PX, SIDE_PX)))


def blocks(images: np.ndarray, labels: np.ndarray) -> dict[str, list[ChosenImages]]:
    """A quarter for validation, the rest for training, a last share of which came later."""
    names = [f"{number:05d}" for number in range(len(images))]
    cut, late = len(images) // 4, round(len(images) * (1 - NEW))

    def block(key: str, start: int, end: int) -> ChosenImages:
        made = ArrayBlock(key, tuple(names[start:end]), images[start:end])
        return ChosenImages(made, dict(zip(names[start:end], labels[start:end].tolist(), strict=True)))

    first, second = block("first/train-00000", cut, late), block("second/train-00000", late, len(images))
    return {"validation": [block("first/validation-00000", 0, cut)], "training": [first], "later": [first, second]}


def of_backbone(backbone: Backbone, images: np.ndarray, labels: np.ndarray) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row for each cut, and figures of filling and scores."""
    table.FOLDER.mkdir(parents=True, exist_ok=True)
    network = weights.load(backbone, weights.resolve(backbone, "imagenet"), SIDE_PX, seed=0)
    stages, split = len(backbone.stages), blocks(images, labels)
    depths = sorted({0, 1, 2, stages // 4, stages // 2, 2 * stages // 3})
    with tempfile.TemporaryDirectory(dir=table.FOLDER) as folder:

        def source(training: str, dtype: str = "float16") -> StoredSource:
            return StoredSource(
                backbone, lambda _side_px: network, address.origin(backbone, "benchmark"),
                {"training": split[training], "validation": split["validation"]}, MappedFolder(folder),
                Demand.of_search(depths, TRIALS, EPOCHS), StoreSettings(dtype), lambda _text: None,
            )  # fmt: skip

        first, second = source("training"), source("later")
        first_s, second_s = (_wall_s(partial(one.at, 0, SIDE_PX)) for one in (first, second))
        figures: dict[str, Any] = {
            "first_s": first_s,
            "second_s": second_s,
            "fill_to_predict": first.report.tally.seconds / _predict_s(network, backbone, images),
            "noise": _noise(network, backbone, source),
        }
        verdicts = first.report.plans[SIDE_PX].verdicts
        rows = {f"{backbone.name} {one.cut}": _row(one, first.report.tally.computed_images) for one in verdicts}
    return rows, figures


def _row(verdict: Verdict, images: int) -> dict[str, Any]:
    return {
        "bytes an image": verdict.bytes // images, "MB": verdict.bytes / 1e6, "read ms": verdict.read_s * 1e3,
        "compute ms": verdict.compute_s * 1e3, "kept": verdict.keep, "why": verdict.why,
    }  # fmt: skip


def _wall_s(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _predict_s(network: keras.Model, backbone: Backbone, images: np.ndarray) -> float:
    """Seconds of the bare loop over the images that the first search has."""
    frozen = model.split(network, backbone, 0).features
    frozen.jit_compile = False
    pixels = images[: round(len(images) * (1 - NEW))].astype(np.float32)
    frozen.predict_on_batch(pixels[:32])
    started = time.perf_counter()
    frozen.predict(pixels, batch_size=32, verbose=0)
    return time.perf_counter() - started


def _noise(network: keras.Model, backbone: Backbone, source: Any) -> dict[str, float]:
    """What half precision changes of a trial's score, and what another seed does."""
    start, scores = network.get_weights(), {}
    for dtype in ("float16", "float32"):
        network.set_weights(start)
        found = source("training", dtype).at(1, SIDE_PX)
        for seed in SEEDS:
            network.set_weights(start)
            parts = model.split(network, backbone, 1)
            learner = model.classifier(parts, 2, model.Hyperparameters(1, 0, 0.2, 0.001), seed).trainable
            learner.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", jit_compile=False)
            rows, validation = (found[name].activations[0][:].astype(np.float32) for name in ("training", "validation"))
            keras.utils.set_random_seed(seed)  # Keras shuffles by a generator of its own
            learner.fit(rows, found["training"].labels, epochs=2, verbose=0)
            answers = learner.predict(validation, verbose=0)
            scores[dtype, seed] = objective.score("balanced_accuracy", answers, found["validation"].labels)
    network.set_weights(start)
    changes = [scores["float16", seed] - scores["float32", seed] for seed in SEEDS]
    return {
        "largest score change by float16": max(map(abs, changes)),
        "mean score change by float16": abs(statistics.mean(changes)),
        "deviation of scores between seeds": statistics.stdev(scores["float32", seed] for seed in SEEDS),
        "mean score": statistics.mean(scores["float32", seed] for seed in SEEDS),
    }


if __name__ == "__main__":
    main()
