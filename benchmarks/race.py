"""make bench-race: how long until plain KerasTuner's best score, where images are more than bench-search can afford.

Plain KerasTuner tries eight points of the default space for each of three backbones, one after the other; ours searches
the same space of the same backbones in the same order, with halving and its own oracle. That is done with three seeds,
each of which gives plain other points, and both other trainings: how soon a best score comes is luck, plain's as much
as ours. 96 pixels, a quarter of the images for validation. Two tasks:
- cells: photographs that are hard to tell apart, 384 solar cells (solar_cells.py), defective or not. Then the winners
  are trained again, and asked about the 2,240 cells that neither search has seen (winners.py).
- drawings: all 800 of the sample, of which bench-search takes 128.
Plain is done when it has the greatest score there is. A run that was cut short goes on where it was; --fresh begins
anew. Expect an hour and a quarter on two cores for the cells, and half an hour to an hour and a half for the drawings.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from benchmarks import race_ours, search_figures, search_plain, solar_cells, table, winners
from benchmarks.search_state import State
from benchmarks.search_task import BACKBONES, Of, Task
from tuning import backbones

SEEDS = (0, 1, 2)
IMAGES: dict[Of, int] = {"cells": 384, "drawings": 800}


def main() -> None:
    """Measure what is not measured yet, and write build/bench/race-cells.json and race-drawings.json."""
    options = _options()
    for of in options.of:
        _race(of, options)


def _race(of: Of, options: argparse.Namespace) -> None:
    names = BACKBONES[:1] if options.quick else BACKBONES
    place = solar_cells.DOWNLOADS if of == "cells" else options.sample
    task = Task.sized(options.quick, place, 96 if options.quick else IMAGES[of], of)
    state = State.of(table.FOLDER / "race", [asdict(task), names, task.drawn(names)], fresh=options.fresh)
    found = races(task, names, state, whole=True)
    figures = search_figures.race(found) | (_worth(task, found, state, options.quick) if of == "cells" else {})
    name = f"race-{of}-quick" if options.quick else f"race-{of}"
    table.report(name, {**asdict(task), "quick": options.quick, **figures}, search_figures.milestones(found))


def races(task: Task, names: Sequence[str], state: State, *, whole: bool = False) -> dict[str, Any]:
    """By seed: {"plain": by backbone, see search_plain.search, "ours": see race_ours.reach}.

    whole: ours are searched to their end, else until plain's best.
    """
    return {str(seed): _race_of(seed, task, names, state, whole) for seed in SEEDS}


def _race_of(seed: int, task: Task, names: Sequence[str], state: State, whole: bool) -> dict[str, Any]:
    """Plain is given no backbone after one that reached the greatest score there is: its time could only be wasted."""
    searches: dict[str, Any] = {}
    for name in names:
        searches[name] = plain(task, name, seed, state)
        if max(trial["score"] for trial in searches[name]["trials"]) >= 1 - search_figures.TOLERANCE:
            break
    _, best = search_figures.records(searches)[-1]
    target = math.inf if whole else best - search_figures.TOLERANCE
    given = {
        "task": asdict(task), "names": names, "target": target, "seed": seed,
        "place": str(_place(state, seed)),
    }  # fmt: skip
    return {"plain": searches, "ours": state.measured(f"race-{seed}", race_ours.reach, given)}


def plain(task: Task, name: str, seed: int, state: State) -> dict[str, Any]:
    """Plain's search of one backbone, see search_plain.search."""
    given = {"task": asdict(task), "backbone": name, "seed": seed}
    return state.measured(f"plain-{name}-{seed}", search_plain.search, given)


def _worth(task: Task, races: Mapping[str, Any], state: State, quick: bool) -> dict[str, Any]:
    """How good the winners are on what neither search has seen, see winners.py."""
    scores: dict[str, dict[str, Any]] = {}
    given = {
        "task": asdict(task),
        "seeds": winners.SEEDS[: 1 if quick else None],
        "epochs": 1 if quick else winners.EPOCHS,
    }
    for seed, one in races.items():
        of_plain, of_ours = _best_of_plain(task, int(seed), one["plain"]), dict(one["ours"]["winner"])
        of_ours |= {"place": str(_place(state, int(seed)))}
        scores[seed] = {
            "plain": state.measured(f"winner-plain-{seed}", winners.of_plain, {**given, **of_plain}),
            "ours": state.measured(f"winner-ours-{seed}", winners.of_ours, {**given, **of_ours}),
        }
    return search_figures.worth(scores)


def _best_of_plain(task: Task, seed: int, searches: Mapping[str, Any]) -> dict[str, Any]:
    """Of equal scores the first, as KerasTuner has it."""
    every = [(trial["score"], name, trial["point"]) for name, one in searches.items() for trial in one["trials"]]
    _, name, number = max(every, key=lambda trial: trial[0])
    return {"backbone": name, "point": asdict(task.points(backbones.get(name), seed)[number])}


def _place(state: State, seed: int) -> Path:
    """Where ours keeps what it needs while it searches."""
    return state.folder / f"ours-{seed}"


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--of", nargs="+", choices=get_args(Of), default=get_args(Of), help="which tasks")
    arguments.add_argument("--sample", default="build/sample", help="what `brandlens sample-data` wrote")
    arguments.add_argument("--quick", action="store_true", help="one small backbone, few points: does it run?")
    arguments.add_argument("--fresh", action="store_true", help="forget what an earlier run has measured")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
