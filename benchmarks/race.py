"""make bench-race: how long until plain KerasTuner's best score, where images are more than bench-search can afford.

Plain KerasTuner tries eight points of the default space for each of three backbones, one after the other; ours searches
the same space of the same backbones in the same order, with halving and its own oracle, and stops as soon as a trial
scores what plain's best did. That is done with three seeds, each of which gives plain other points, and both other
trainings: how soon a best score comes is luck, plain's as much as ours. 96 pixels, a quarter of the images for
validation. Two tasks:
- cells: photographs that are hard to tell apart, 384 solar cells (solar_cells.py), defective or not.
- drawings: all 800 of the sample, of which bench-search takes 128.
Plain is done when it has the greatest score there is. A run that was cut short goes on where it was; --fresh begins
anew. Expect an hour and a quarter on two cores for the cells, and half an hour to an hour and a half for the drawings.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

from benchmarks import search_figures, search_ours, search_plain, solar_cells, table
from benchmarks.search_state import State
from benchmarks.search_task import BACKBONES, Of, Task

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
    found = races(task, names, state)
    rows = search_figures.milestones(found)
    name = f"race-{of}-quick" if options.quick else f"race-{of}"
    table.report(name, {**asdict(task), "quick": options.quick, **search_figures.race(found)}, rows)


def races(task: Task, names: Sequence[str], state: State) -> dict[str, Any]:
    """By seed: {"plain": by backbone, see search_plain.search, "ours": until plain's best, see search_ours.reach}."""
    return {str(seed): _race_of(seed, task, names, state) for seed in SEEDS}


def _race_of(seed: int, task: Task, names: Sequence[str], state: State) -> dict[str, Any]:
    """Plain is given no backbone after one that reached the greatest score there is: its time could only be wasted."""
    searches: dict[str, Any] = {}
    for name in names:
        searches[name] = plain(task, name, seed, state)
        if max(trial["score"] for trial in searches[name]["trials"]) >= 1 - search_figures.TOLERANCE:
            break
    _, best = search_figures.records(searches)[-1]
    given = {"task": asdict(task), "names": names, "target": best - search_figures.TOLERANCE, "seed": seed}
    return {"plain": searches, "ours": state.measured(f"race-{seed}", search_ours.reach, given)}


def plain(task: Task, name: str, seed: int, state: State) -> dict[str, Any]:
    """Plain's search of one backbone, see search_plain.search."""
    given = {"task": asdict(task), "backbone": name, "seed": seed}
    return state.measured(f"plain-{name}-{seed}", search_plain.search, given)


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--of", nargs="+", choices=get_args(Of), default=get_args(Of), help="which tasks")
    arguments.add_argument("--sample", default="build/sample", help="what `brandlens sample-data` wrote")
    arguments.add_argument("--quick", action="store_true", help="one small backbone, few points: does it run?")
    arguments.add_argument("--fresh", action="store_true", help="forget what an earlier run has measured")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
