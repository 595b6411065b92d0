"""make bench-quality: how good the search's winner is, on a published task and on the whole sample set.

For each task a search on a part of what may be learned from chooses backbone, side, depth, head and the rest; the
winner is then trained on all of it and asked once about the rest. docs/how-good.md says more. Expect an hour on two
cores, most of it for training the winners. What is done is kept in build/bench/quality: a run that was cut goes on
(delete the folder to measure anew). `--quick` takes few pictures and trials, and says nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from benchmarks import published_task, sample_task, solar_cells, table
from benchmarks.contest import Candidate, Contest, Pictures
from benchmarks.symmetries import PLAIN, TURNS

SEEDS = 5
EPOCHS, SAMPLE_EPOCHS, QUICK_EPOCHS = 12, 6, 2
# Published is accuracy. Balanced accuracy would take false alarms for cheap, which are errors like others there.
OBJECTIVE = "macro_f1"
CANDIDATES = (
    Candidate("mobilenet_v2", (224,), (0, 3, 4), tuple(TURNS), trials=16),
    Candidate("xception", (224,), (0,), (PLAIN, "turned"), trials=8),
    Candidate("vgg16", (224,), (0,), (PLAIN,), trials=8),
)
SAMPLE_CANDIDATES = (Candidate("mobilenet_v2", (160,), (0, 3), (PLAIN,), trials=10),)
QUICK_CANDIDATES = (Candidate("mobilenet_v2", (96,), (0, 1), tuple(TURNS)[:2], trials=3),)


def main() -> None:
    """Measure, print and write build/bench/quality.json."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="every seventh cell, two seeds, 40 subjects")
    quick = arguments.parse_args().quick
    name = "quality-quick" if quick else "quality"
    place = table.FOLDER / name
    known = solar_cells.cells(table.FOLDER / "quality" / "downloads", every=7 if quick else 1)
    cells = Contest(
        Pictures(known.names, known.files), QUICK_CANDIDATES if quick else CANDIDATES, place / "cells",
        QUICK_EPOCHS if quick else EPOCHS, objective=OBJECTIVE,
    )  # fmt: skip
    filled = cells.fill()
    outcomes = {
        line: published_task.outcome(line, known, cells, 2 if quick else SEEDS).figures()
        for line in published_task.LINES
    }
    drawn = sample_task.drawings(place, 40 if quick else sample_task.ALL)
    drawings = Contest(
        drawn.pictures, QUICK_CANDIDATES if quick else SAMPLE_CANDIDATES, place / "drawings",
        QUICK_EPOCHS if quick else SAMPLE_EPOCHS,
    )  # fmt: skip
    filled_drawings = drawings.fill()
    sample = sample_task.figures(drawn, drawings)
    figures = {
        "images_a_second": {name: row["images/s"] for name, row in filled.items()},
        "minutes_cells": _minutes(filled, *outcomes.values()), "minutes_sample": _minutes(filled_drawings, sample),
        "features_s": {name: row["seconds"] for name, row in filled.items()},
        "cores": len(os.sched_getaffinity(0)),
    }  # fmt: skip
    rows = {f"cells, {line}": _cells_row(one) for line, one in outcomes.items()}
    rows |= {f"published: {title}": {"accuracy %": value} for title, value in solar_cells.PUBLISHED.items()}
    rows |= {f"sample, {sample['images']} drawings": _sample_row(sample)}
    table.report(name, {**figures, **outcomes, "sample": sample}, rows)


def _minutes(filled: Mapping[str, Mapping[str, Any]], *tasks: Mapping[str, Any]) -> float:
    features = sum(row["seconds"] for row in filled.values())
    return float(features + sum(task["search_s"] + task["winners_s"] for task in tasks)) / 60


def _cells_row(figures: Mapping[str, Any]) -> dict[str, Any]:
    row = _winner(figures)
    for title, key in (("accuracy %", "accuracy"), ("balanced accuracy %", "balanced_accuracy")):
        row[title] = _percent(figures[key]["mean"], figures[key]["interval"])
    return {**row, "majority %": 100 * figures["majority_accuracy"]}


def _sample_row(figures: Mapping[str, Any]) -> dict[str, Any]:
    balanced = _percent(figures["balanced_accuracy"], figures["interval"])
    return {**_winner(figures), "balanced accuracy %": balanced, "majority %": 50.0}


def _winner(figures: Mapping[str, Any]) -> dict[str, Any]:
    point = figures["hyperparameters"]
    text = f"{figures['backbone']} at {point['image_side_px']}, {point['unfrozen_stages']} unfrozen"
    return {"winner": text, "validation": figures["validation_score"]}


def _percent(value: float, interval: tuple[float, float]) -> str:
    return f"{100 * value:.2f} ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"


if __name__ == "__main__":
    main()
