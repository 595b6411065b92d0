"""make bench-readers: what the feature cache saves after the search, in the final training's validation and evaluation.

The demo's sample (800 drawings) and 5,000 drawings, mobilenet_v2 at 96 pixels with ImageNet's weights, nothing, the top
stage and everything unfrozen. Expected on two cores: about fifteen minutes.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import table
from components import datasets, runs, starting_weights
from components.artifacts import Hyperparameters, SearchResult, Selection, Snapshot, TrainedModel, Trial
from components.config import SearchConfig, TrainConfig
from components.config.feature_cache import FeatureCacheConfig
from components.evaluate.asked import Asked
from components.evaluate.predict import predict
from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess
from components.sample_data import sample
from components.train import network, step, validation
from components.train.task import Task
from tuning import backbones
from tuning.watch import Validation

BACKBONE, SIDE_PX, SEED = "mobilenet_v2", 96, 17
DATA = {"stored_side_px": 128}
BEAM = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]
SUBJECTS = {"demo": 400, "5,000 images": 2500}
DEPTHS = (0, 1, len(backbones.get(BACKBONE).stages))
SEARCH = {"backbones": [BACKBONE], "image_side_px": SIDE_PX}
OFF = FeatureCacheConfig(after_search=False)


@dataclass(frozen=True)
class Place:
    """A data root with a snapshot."""

    folder: Path
    snapshot: Snapshot

    @property
    def root(self) -> str:
        """The data root."""
        return str(self.folder / "root")


def main() -> None:
    """Measure every depth at both sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the demo's size only")
    sizes = dict(list(SUBJECTS.items())[: 1 if parser.parse_args().quick else None])
    rows = {}
    for name, subjects in sizes.items():
        place = prepared(table.FOLDER / "readers", subjects)
        for depth in DEPTHS:
            shutil.rmtree(place.folder / "root" / "features", ignore_errors=True)
            rows[f"{name}, {depth} unfrozen"] = row = of_depth(place, depth)
            print(f"{name}, {depth} unfrozen: {row}", flush=True)
    largest = max(float(row["largest difference"]) for row in rows.values())
    table.report("readers", {"largest_difference": largest}, rows)


def prepared(folder: Path, subjects: int) -> Place:
    """The sample of that many subjects, taken in below folder unless it was."""
    raw = sample.make(str(folder / f"sample-{subjects}"), subjects).folder
    place, pointer = folder / f"data-{subjects}", str(folder / f"data-{subjects}" / "snapshot.json")
    root = str(place / "root")
    preprocess(ingest(raw, root, DATA), root, DATA, BEAM, pointer)
    return Place(place, Snapshot.read(pointer))


def of_depth(place: Place, depth: int) -> dict[str, Any]:
    """A row of the table."""
    task = made_task(place, depth)
    Selection(best=task.chosen, searches=(task.chosen,)).write(str(place.folder / "selection.json"))
    off = {**SEARCH, "features": OFF.model_dump()}
    paths = [str(place.folder / f"{name}.json") for name in ("snapshot", "selection", "model")]
    step.run(paths[0], paths[1], place.root, {"epochs": 1}, off, SEED, paths[2])
    model = TrainedModel.read(paths[2])
    on, whole = (Asked(place.snapshot, model, "test", place.root, one) for one in (FeatureCacheConfig(), OFF))
    ask = partial(predict, on_images=lambda _done: None)
    ask(whole)  # the first time warms the system's cache of files
    (plain, whole_s), (_, first_s), (stored, next_s) = (timed(ask, asked) for asked in (whole, on, on))
    expected = dict(zip(plain.ids, plain.probabilities, strict=True))
    apart = np.abs(stored.probabilities - [expected[image_id] for image_id in stored.ids])
    changed = sum(expected[i].argmax() != p.argmax() for i, p in zip(stored.ids, stored.probabilities, strict=True))
    return {
        **of_validation(task), "epoch s": model.history[0].seconds, "test images": len(plain.ids),
        "evaluation s": whole_s, "first with features s": first_s, "next s": next_s,
        "from features": stored.answered.from_features, "compared": stored.answered.compared,
        "largest difference": float(apart.max()), "answers changed": int(changed), "why not": stored.answered.note,
    }  # fmt: skip


def of_validation(task: Task) -> dict[str, Any]:
    """One validation of the images and one of their features, and what making these took."""
    record = runs.Recorder("train", "")
    made = network.build(task, record)
    features, filled_s = timed(validation.features, task, made, record)
    read = datasets.load_split(task.snapshot, "validation", SIDE_PX).map(lambda item: (item["image"], item["label"]))
    judges = [Validation(made.classifier.whole, read, 32, "balanced_accuracy")]
    if features is not None:
        judges.append(Validation(made.classifier.trainable, features, 32, "balanced_accuracy"))
    for judge in judges:
        judge.figures()  # the first time traces the graph
    seconds = [timed(judge.figures)[1] for judge in judges]
    return {"validation s": seconds[0], "from features s": seconds[1] if features else None, "opened s": filled_s}


def made_task(place: Place, depth: int) -> Task:
    """A training of one point."""
    point = Hyperparameters(
        unfrozen_stages=depth, head_width=0, dropout=0.2, learning_rate=1e-3, image_side_px=SIDE_PX
    )  # fmt: skip
    trial = Trial(
        trial_id="001", status="completed", score=1.0, hyperparameters=point, epochs=1, curve=(1.0,), seconds=1.0
    )
    with starting_weights.find(BACKBONE, "imagenet") as found:
        chosen = SearchResult(
            snapshot_id=place.snapshot.snapshot_id, backbone=BACKBONE, weights=starting_weights.info(found, "imagenet"),
            image_side_px=SIDE_PX, objective="balanced_accuracy", best=trial, trials=(trial,), seconds=1.0,
        )  # fmt: skip
        settings = SearchConfig.model_validate(SEARCH)
        return Task(place.snapshot, chosen, TrainConfig(), settings, found, None, SEED, place.root, place.root)


def timed(act: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """An act's result, and its seconds."""
    started = time.perf_counter()
    result = act(*arguments)
    return result, time.perf_counter() - started


if __name__ == "__main__":
    main()
