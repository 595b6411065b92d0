"""Candidates for one set of pictures: their features, their searches, and the answers of the one that won."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks import judging, symmetries
from benchmarks.candidates import Candidate, Pictures
from benchmarks.judging import Winner
from benchmarks.remembered import Remembered
from benchmarks.symmetries import Parts
from tuning import backbones, search, weights
from tuning.files import Folder
from tuning.halving import Halving
from tuning.model import Hyperparameters
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.planning import Demand
from tuning.store.source import StoredSource
from tuning.trial import TrialSettings

CLASSES, SEARCH_SEED = 2, 0


class Contest:
    """Everything is kept below a place, and found there by a run that goes on.

    epochs, batch_size: of every training. objective: what the searches maximise.
    """

    def __init__(
        self, pictures: Pictures, candidates: Sequence[Candidate], place: Path, epochs: int, batch_size: int = 32,
        objective: str = "balanced_accuracy",
    ) -> None:  # fmt: skip
        self._pictures, self._candidates, self._place = pictures, candidates, place
        self._epochs, self._batch_size, self._objective = epochs, batch_size, objective
        searched = [(candidate, candidate.space()) for candidate in candidates]
        self._remembered = Remembered(place, (searched, epochs, batch_size, objective))
        self._opened: dict[Candidate, tuple[StoredSource, Callable[[int], keras.Model]]] = {}

    def fill(self) -> dict[str, dict[str, Any]]:
        """Compute the features of all candidates: seconds and images a second of each, by backbone and side."""
        return {
            f"{candidate.backbone} at {side_px}": self._remembered.once(
                f"features-{candidate.backbone}-{side_px}-{len(candidate.turns)}",
                functools.partial(self._fill, candidate, side_px),
            )
            for candidate in self._candidates
            for side_px in candidate.sides_px
        }

    def search(self, name: str, labels: np.ndarray, learned: np.ndarray, validated: np.ndarray) -> dict[str, Any]:
        """Search every candidate for a task: {"candidate": number, "point": ..., "score": ..., "trials": [...]}.

        labels: (n,). learned, validated: rows. The state depends on the name, which must differ between tasks.
        """
        return self._remembered.once(f"search-{name}", lambda: self._search(name, labels, learned, validated))

    def answers(self, name: str, found: Mapping[str, Any], parts: tuple[np.ndarray, ...], seed: int) -> dict[str, Any]:
        """Train what a search found and ask it: {"predicted": [k classes]}. parts: labels, learned and answered."""
        return self._remembered.once(f"answers-{name}-{seed}", lambda: self._answers(name, found, parts, seed))

    def _fill(self, candidate: Candidate, side_px: int) -> dict[str, Any]:
        source, _ = self._open(candidate)
        before, computed = source.report.tally.seconds, source.report.tally.computed_images
        for turn in candidate.turns:
            _say(f"features of {candidate.backbone} at {side_px} pixels, {turn}")
            for depth in candidate.depths:
                source.features(turn, depth, side_px)
        spent, images = source.report.tally.seconds - before, source.report.tally.computed_images - computed
        return {"images": images, "images/s": images / spent if images else None, "views": len(candidate.turns)}

    def _search(self, name: str, labels: np.ndarray, learned: np.ndarray, validated: np.ndarray) -> dict[str, Any]:
        trials: list[dict[str, Any]] = []
        for number, candidate in enumerate(self._candidates):
            source, network = self._open(candidate)
            # Half-way, and the better half: unfrozen stages start below heads on frozen ones, and end above them.
            results = search.search(
                network, backbones.get(candidate.backbone),
                Parts(source, candidate.turns, labels, learned, validated), CLASSES,
                search.SearchSettings(
                    candidate.space(), candidate.trials, self._settings(SEARCH_SEED),
                    halving=Halving(factor=2, min_epochs=self._epochs // 2),
                ),
                Folder(self._remembered.files.root / "search" / name / str(number)), _trial,
            )  # fmt: skip
            trials += [
                {"candidate": number, "score": result.score, "point": asdict(result.hyperparameters),
                 "seconds": result.seconds, "epochs": len(result.curve)} for result in results
            ]  # fmt: skip
        # Of equal scores the one that unfreezes less.
        best: dict[str, Any] = max(
            trials, key=lambda trial: (trial["score"] or -1.0, -trial["point"]["unfrozen_stages"])
        )
        return {**best, "backbone": self._candidates[best["candidate"]].backbone, "trials": trials}

    def _answers(self, name: str, found: Mapping[str, Any], parts: Any, seed: int) -> dict[str, Any]:
        labels, learned, answered = parts
        candidate = self._candidates[found["candidate"]]
        source, network = self._open(candidate)
        winner = Winner(
            backbones.get(candidate.backbone), network, Hyperparameters(**found["point"]), CLASSES,
            max(candidate.space().head_width),
        )  # fmt: skip
        running = f"running/{name}-{seed}.npz"
        _say(f"{name}: training the winner with seed {seed}")
        given = judging.answers(
            winner, Parts(source, candidate.turns, labels, learned, answered), self._settings(seed),
            self._remembered.files,
            running,
        )  # fmt: skip
        self._remembered.files.remove(running)
        return {"predicted": given.argmax(axis=1).tolist()}

    def _settings(self, seed: int) -> TrialSettings:
        return TrialSettings(self._epochs, self._batch_size, self._objective, seed)

    def _open(self, candidate: Candidate) -> tuple[StoredSource, Callable[[int], keras.Model]]:
        if candidate not in self._opened:
            backbone = backbones.get(candidate.backbone)
            found = weights.resolve(backbone, "imagenet")
            network = functools.cache(lambda side_px: weights.load(backbone, found, side_px, seed=0))
            source = StoredSource(
                backbone, lambda side_px: weights.load(backbone, found, side_px, seed=0),
                address.origin(backbone, found.digest),
                symmetries.splits(self._pictures.names, self._pictures.files, candidate.turns),
                MappedFolder(self._place / "features"),
                Demand.of_search(candidate.depths, candidate.trials, self._epochs), say=_say,
            )  # fmt: skip
            self._opened[candidate] = source, network
        return self._opened[candidate]


def _trial(number: int, total: int, text: str, best: float | None) -> None:
    _say(f"trial {number} of {total}, best {best or 0:.3f}: {text}")


def _say(text: str) -> None:
    print(text, flush=True)
