"""Where the trials of a search are run: keeps what they share, and what they found."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import tensorflow as tf

from tuning import features as stored
from tuning import model, trial
from tuning.backbones import Backbone
from tuning.model import Hyperparameters
from tuning.trial import TrialFailed, TrialSettings


@dataclass(frozen=True)
class TrialResult:
    """One trial: its objective after each epoch, or why it failed."""

    hyperparameters: Hyperparameters
    curve: tuple[float, ...]
    seconds: float
    reason: str | None = None

    @property
    def score(self) -> float | None:
        """The best epoch's objective; None if the trial failed."""
        return max(self.curve) if self.curve and self.reason is None else None


class Bench:
    """Tries one point; keeps what trials share: the network, its starting weights, features by depth."""

    def __init__(
        self, network: keras.Model, backbone: Backbone, training: tf.data.Dataset, validation: tf.data.Dataset,
        classes: int, settings: TrialSettings, state_folder: str, scratch: str,
    ) -> None:  # fmt: skip
        self._network, self._backbone, self._classes = network, backbone, classes
        self._splits = {"training": training, "validation": validation}
        self._settings, self._state, self._scratch = settings, Path(state_folder), Path(scratch)
        self._start = network.get_weights()
        self._by_depth: dict[int, tuple[model.Parts, dict[str, stored.Features]]] = {}

    def run(self, point: Hyperparameters, say: Callable[[str], None]) -> TrialResult:
        """The point's result, from the state folder if it was finished before."""
        path = self._state / f"{_name(point)}.json"
        known = _read(path, point)
        if known is not None:
            return known
        started = time.monotonic()
        try:
            result = TrialResult(point, self._train(point, say), time.monotonic() - started)
        except TrialFailed as failure:
            reason = f"{failure} ({describe(point)})"
            return TrialResult(point, (), time.monotonic() - started, reason)  # not kept: memory may suffice next time
        _write(path, result)
        return result

    def _train(self, point: Hyperparameters, say: Callable[[str], None]) -> tuple[float, ...]:
        self._network.set_weights(self._start)
        parts, features = self._cut(point.unfrozen_stages, say)
        classifier = model.classifier(parts, self._classes, point, self._settings.seed)

        def on_epoch(epoch: int, score: float) -> None:
            say(f"epoch {epoch} of {self._settings.epochs}: {score:.3f}")

        return trial.train(
            classifier, point.learning_rate, features["training"], features["validation"], self._settings, on_epoch
        )

    def _cut(self, depth: int, say: Callable[[str], None]) -> tuple[model.Parts, dict[str, stored.Features]]:
        # Trials of different depths alternate, and each split sets which layers learn: it is made anew every time.
        parts = model.split(self._network, self._backbone, depth)
        if depth not in self._by_depth:
            say(f"features below {depth} unfrozen stages")
            self._by_depth[depth] = (
                parts,
                {
                    split: stored.store(parts.features, dataset, str(self._scratch / f"{split}-{depth}.npy"))
                    for split, dataset in self._splits.items()
                },
            )
        return parts, self._by_depth[depth][1]


def _name(point: Hyperparameters) -> str:
    return hashlib.sha256(json.dumps(asdict(point), sort_keys=True).encode()).hexdigest()[:16]


def describe(point: Hyperparameters) -> str:
    """A point of the space in one line, for a person."""
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:.3g}" for name, value in asdict(point).items()
    )


def _read(path: Path, point: Hyperparameters) -> TrialResult | None:
    """A finished trial; None if there is none or its file is damaged: the trial then runs again."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return TrialResult(point, tuple(map(float, values["curve"])), float(values["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, result: TrialResult) -> None:
    beside = path.with_suffix(".writing")
    beside.write_text(json.dumps(asdict(result)), encoding="utf-8")
    os.replace(beside, path)
