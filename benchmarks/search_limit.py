"""What arithmetic alone would take: the prefix once, then the suffix forward and back in every epoch.

Measured on compiled steps that were called before, on one batch that lies in memory: nothing is loaded, traced, read,
stored or scored.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks import search_task
from benchmarks.search_task import BATCH_SIZE, CLASSES, SEED, Task
from tuning import backbones, model, optimizer
from tuning.backbones import Backbone
from tuning.model import Hyperparameters

_WARM_UP, _REPEATS = 2, 3


def limit(task: dict[str, Any], backbone: str) -> dict[str, Any]:
    """prefix_s: one forward pass of all images, which gives the activations at every cut. trials: seconds by point."""
    asked, known = Task(**task), backbones.get(backbone)
    given = search_task.pictures(asked)
    points = asked.points(known)
    batch = given.training[0][:BATCH_SIZE].astype(np.float32)
    measured = {
        point.unfrozen_stages: _of_depth(known, point, batch)
        for point in sorted(points, key=lambda point: point.unfrozen_stages)
    }
    training, validation = (len(split[0]) / BATCH_SIZE for split in (given.training, given.validation))
    trials = [
        {"point": number, "seconds": asked.epochs * (training * step_s + validation * answer_s)}
        for number, point in enumerate(points)
        for step_s, answer_s in [measured[point.unfrozen_stages]]
    ]
    prefix_s = given.count / BATCH_SIZE * _prefix_s(known, batch)
    steps = {str(depth): {"step_s": pair[0], "answer_s": pair[1]} for depth, pair in measured.items()}
    return {"prefix_s": prefix_s, "trials": trials, "seconds": prefix_s + _sum(trials), "steps": steps}


def _prefix_s(backbone: Backbone, batch: np.ndarray) -> float:
    features = model.split(search_task.network(backbone), backbone, 0).features
    return _seconds(partial(tf.function(lambda x: features(x, training=False), autograph=False), tf.constant(batch)))


def _of_depth(backbone: Backbone, point: Hyperparameters, batch: np.ndarray) -> tuple[float, float]:
    """Seconds of one step of training and of one batch of answers above the cut."""
    parts = model.split(search_task.network(backbone), backbone, point.unfrozen_stages)
    trained = model.classifier(parts, CLASSES, point, SEED).trainable
    activations = tf.constant(keras.ops.convert_to_numpy(parts.features(batch, training=False)))
    truth = tf.constant(np.eye(CLASSES, dtype=np.float32)[np.arange(len(batch)) % CLASSES])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=point.label_smoothing)
    moving = optimizer.make(point, 1000)
    moving.build(trained.trainable_variables)

    def step(rows: Any, wanted: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(wanted, trained(rows, training=True))
        variables = trained.trainable_variables
        moving.apply(tape.gradient(value, variables), variables)
        return value

    compiled = tf.function(step, autograph=False)
    answer = tf.function(lambda rows: trained(rows, training=False), autograph=False)
    return _seconds(partial(compiled, activations, truth)), _seconds(partial(answer, activations))


def _seconds(act: Callable[[], Any]) -> float:
    """The median of a few calls after the first ones, which trace; each until its result is there."""
    for _ in range(_WARM_UP):
        act().numpy()
    seconds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        act().numpy()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _sum(trials: list[dict[str, Any]]) -> float:
    return sum(trial["seconds"] for trial in trials)
