"""The winner of a search, trained on a part of the pictures for a fixed number of epochs, and its answers to others.

Like a trial of the search: from stored features, by the same learner. Nothing is chosen on the way, so all pictures of
the part are learned from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np

from benchmarks.symmetries import PLAIN, Parts
from tuning import batches, checkpoint, heads, model
from tuning.backbones import Backbone
from tuning.features import Features
from tuning.files import Files
from tuning.learner import Learner
from tuning.model import Hyperparameters
from tuning.trial import Training, TrialSettings

_WATCHED = 32  # pictures that were learned, on which the loss is seen to stay a number: nothing is decided by them


@dataclass(frozen=True)
class Winner:
    """What a search found. network: gives the backbone with its starting weights for a side."""

    backbone: Backbone
    network: Callable[[int], keras.Model]
    point: Hyperparameters
    classes: int
    widest: int  # of the search's hidden layers

    def asked_in(self, turns: Sequence[str]) -> Sequence[str]:
        """The views over which answers are averaged: those that it learned from."""
        return (PLAIN,) if self.point.augmentation == "none" else turns


def answers(winner: Winner, parts: Parts, settings: TrialSettings, files: Files, name: str) -> np.ndarray:
    """Learn from parts.learned and give probabilities (k, classes) of parts.answered, in their order.

    files, name: where the state is kept, from which a run that was cut goes on. Raises RuntimeError if the training
    failed, with its reason.
    """
    point, part = winner.point, parts.answered
    learner, channels = _learner(winner, settings.batch_size)
    head, mask = heads.stacked([point], channels, winner.classes, winner.widest, settings.seed)
    features = dict(replace(parts, answered=parts.learned[:_WATCHED]).at(*_place(point)))
    if not point.unfrozen_stages:
        features = {split: batches.held(one) for split, one in features.items()}
    training = Training(learner, [point], head, mask, features, settings)
    state = learner.resumed(_trained(training, files, name), [])
    found = []
    for turn in winner.asked_in(parts.turns):
        view = parts.view(turn, point.unfrozen_stages, point.image_side_px)
        rows = batches.epoch(Features([view], parts.labels), part, 0, settings.batch_size)
        given = learner.probabilities(state, (batch.inputs for batch in rows), mask)[0]
        found.append(given[: len(part)])
    return np.mean(found, axis=0)


def _place(point: Hyperparameters) -> tuple[int, int, str]:
    return point.unfrozen_stages, point.image_side_px, point.augmentation


def _trained(training: Training, files: Files, name: str) -> list[np.ndarray]:
    training.restore(files, name)
    while not training.ended:
        training.epoch()
        training.keep(files, name)
    if training.reasons[0]:
        raise RuntimeError(f"the winner could not be trained again: {training.reasons[0]}")
    training.keep(files, name, certainly=True)
    kept = checkpoint.read(files, name)
    if kept is None:
        raise RuntimeError(f"the state {name} vanished after it was written; run again")
    return list(kept.arrays["weights"])


@functools.cache  # every seed has the same steps: they are traced once
def _learner(winner: Winner, batch_size: int) -> tuple[Learner, int]:
    network = winner.network(winner.point.image_side_px)
    unfrozen = model.unfrozen_part(network, winner.backbone, winner.point.unfrozen_stages)
    return Learner(unfrozen, winner.point.optimizer, batch_size), model.pooled_width(network)
