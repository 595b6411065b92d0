"""Plain KerasTuner, written as its documentation shows: a HyperModel that builds the whole network from pixels.

What is ours in it are the hyperparameters' meanings (where a backbone is cut, head, optimiser), so that the points mean
the same. XLA is off: on a CPU, Keras's default takes longer.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np

from benchmarks import search_task
from benchmarks.search_task import BATCH_SIZE, CLASSES, OBJECTIVE, Pictures, Task
from tuning import backbones, batches, model, objective, optimizer
from tuning.backbones import Backbone
from tuning.model import Hyperparameters


class BalancedAccuracy(keras.metrics.Metric):
    """The mean recall of the classes that occur, from one-hot truths."""

    def __init__(self) -> None:
        super().__init__(name=OBJECTIVE)
        self.right = self.add_weight(shape=(CLASSES,), initializer="zeros", name="right")
        self.seen = self.add_weight(shape=(CLASSES,), initializer="zeros", name="seen")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002 - Keras's name
        """Count a batch; called by Keras."""
        truth = keras.ops.cast(y_true, "float32")
        answers = keras.ops.one_hot(keras.ops.argmax(y_pred, axis=-1), CLASSES, dtype="float32")
        self.right.assign(self.right + keras.ops.sum(truth * answers, axis=0))
        self.seen.assign(self.seen + keras.ops.sum(truth, axis=0))

    def result(self) -> Any:
        """The mean so far; called by Keras."""
        recalls = self.right / keras.ops.maximum(self.seen, 1.0)
        occur = keras.ops.cast(self.seen > 0, "float32")
        return keras.ops.sum(recalls) / keras.ops.maximum(keras.ops.sum(occur), 1.0)


class WholeNetwork(keras_tuner.HyperModel):
    """The points are its space."""

    def __init__(self, backbone: Backbone, points: Sequence[Hyperparameters], steps: int, seed: int) -> None:
        super().__init__()
        self.backbone, self.points, self.steps, self.seed = backbone, points, steps, seed

    def build(self, hp: Any) -> keras.Model:
        """A compiled network; called by KerasTuner."""
        point = self.points[hp.Choice("point", list(range(len(self.points))))]
        keras.utils.set_random_seed(self.seed)
        parts = model.split(search_task.network(self.backbone), self.backbone, point.unfrozen_stages)
        whole = model.classifier(parts, CLASSES, point, self.seed).whole
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=point.label_smoothing)
        whole.compile(optimizer.make(point, self.steps), loss, metrics=[BalancedAccuracy()], jit_compile=False)
        return whole


class Timed(keras_tuner.GridSearch):
    """Keeps how long each trial took."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.trials: list[dict[str, Any]] = []

    def run_trial(self, trial: Any, *arguments: Any, **options: Any) -> Any:
        """One trial; called by KerasTuner."""
        started = time.perf_counter()
        histories = super().run_trial(trial, *arguments, **options)
        seconds, curve = time.perf_counter() - started, histories[0].history[f"val_{OBJECTIVE}"]
        self.trials.append({"point": trial.hyperparameters.values["point"], "seconds": seconds, "score": max(curve)})
        return histories

    def _configure_tensorboard_dir(self, *_arguments: Any) -> None:
        # Without a TensorBoard callback nothing is left to do, but KerasTuner's own imports the package nevertheless.
        return


def search(task: dict[str, Any], backbone: str, seed: int) -> dict[str, Any]:
    """All of a seed's points, each trained to its end: seconds in all, and {"point", "seconds", "score"} of each."""
    asked, known = Task(**task), backbones.get(backbone)
    given, points = search_task.pictures(asked), asked.points(known, seed)
    if any(point.balancing != "class_weights" for point in points):
        raise ValueError("plain Keras is told class weights once for all points; the space has other balancing")
    started = time.perf_counter()
    steps = asked.epochs * batches.steps(len(given.training[0]), BATCH_SIZE)
    with tempfile.TemporaryDirectory() as folder:
        tuner = Timed(
            WholeNetwork(known, points, steps, seed),
            objective=keras_tuner.Objective(f"val_{OBJECTIVE}", objective.DIRECTION), directory=folder, seed=seed,
        )  # fmt: skip
        tuner.search(**fitting(given, asked.epochs))
    return {"seconds": time.perf_counter() - started, "trials": tuner.trials}


def fitting(given: Pictures, epochs: int) -> dict[str, Any]:
    """What Keras's fit is told of the images, with class weights."""
    (pixels, truth), validation = _arrays(*given.training), _arrays(*given.validation)
    counts = np.bincount(given.training[1], minlength=CLASSES).tolist()
    return {
        "x": pixels, "y": truth, "validation_data": validation, "epochs": epochs, "batch_size": BATCH_SIZE,
        "verbose": 0, "class_weight": objective.class_weights(counts),
    }  # fmt: skip


def _arrays(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return images.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[labels]
