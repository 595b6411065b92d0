"""Ours in a race: the search as it is, with halving and its own oracle, from nothing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import search_ours, search_task
from benchmarks.search_task import CLASSES, Task
from tuning import search
from tuning.files import Folder
from tuning.halving import Halving
from tuning.trial_results import TrialResult


class _Reached(Exception):  # noqa: N818 - not an error
    pass


def reach(task: dict[str, Any], names: Sequence[str], target: float, seed: int, place: str) -> dict[str, Any]:
    """Search one backbone after the other until a trial scores target: seconds from nothing, and the winner.

    winner: None if the search ended before its end. records: [seconds, score] of each trial that was better than all
    before it. place: folder that is emptied first; it then holds features and state of every backbone.
    """
    asked, known = Task(**task), {}
    blocks, tried = search_task.pictures(asked).blocks(), 0
    records: list[tuple[float, float]] = []
    shutil.rmtree(place, ignore_errors=True)

    def on_trial(_number: int, _total: int, text: str, found: float | None) -> None:
        nonlocal tried
        tried += text.startswith("scored")
        if found is not None and (not records or found > records[-1][1]):
            records.append((time.perf_counter() - started, found))
        if records and records[-1][1] >= target:
            raise _Reached

    started = time.perf_counter()
    try:
        for name in names:
            ours = search_ours.opened(asked, name, str(Path(place, name)), blocks)
            settings = search.SearchSettings(
                search_task.searched(ours.backbone), asked.trials, asked.settings(seed), halving=Halving()
            )
            known[name] = search.search(
                ours.network, ours.backbone, ours.source, CLASSES, settings, state_of(place, name), on_trial
            )
    except _Reached:
        known = {}
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "trials": tried, "records": records, "winner": _winner(known)}


def state_of(place: str, name: str) -> Folder:
    """Of a backbone's search below reach's place."""
    return Folder(Path(place, f"{name}-state"))


def _winner(found: Mapping[str, Sequence[TrialResult]]) -> dict[str, Any] | None:
    """By the rule of components/select."""
    every = [
        (-(result.score or 0.0), result.hyperparameters.unfrozen_stages, name, result)
        for name, results in found.items()
        for result in results
    ]
    if not every:
        return None
    *_, name, best = min(every, key=lambda one: one[:3])
    return {"backbone": name, "point": asdict(best.hyperparameters)}
