"""make bench-quality: how good the search's winner is, on a published task and on the whole sample set.

A search on a part of what may be learned from chooses backbone, depth, head and the rest; the winner is then trained on
all of it and asked once about the rest. docs/how-good.md says more. Expect an hour on two cores, half of it for
training the winners. What is done is kept in build/bench/quality: a run that was cut goes on (delete the folder to
measure anew). `--quick` takes few pictures and trials, and says nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import published_task, sample_task, solar_cells, table
from benchmarks.candidates import Candidate, Pictures
from benchmarks.contest import Contest
from benchmarks.symmetries import PLAIN, TURNS

SEEDS = 5
EPOCHS, SAMPLE_EPOCHS, QUICK_EPOCHS = 12, 6, 2
# Published is accuracy. Balanced accuracy would take false alarms for cheap, which are errors like others there.
OBJECTIVE = "macro_f1"
RATES = (3e-4, 2e-2)
CANDIDATES = (
    Candidate("mobilenet_v2", (224,), (0, 3, 4, 5), tuple(TURNS), 16, RATES),
    Candidate("xception", (224,), (0,), (PLAIN,), 8, RATES),
)
SAMPLE_CANDIDATES = (Candidate("mobilenet_v2", (160,), (0, 3), (PLAIN,), 8, RATES),)
QUICK_CANDIDATES = (Candidate("mobilenet_v2", (96,), (0, 1), tuple(TURNS)[:2], 3, RATES),)


def main() -> None:
    """Measure, print and write build/bench/quality.json."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="every seventh cell, two seeds, 40 subjects")
    quick = arguments.parse_args().quick
    place = table.FOLDER / ("quality-quick" if quick else "quality")
    rows, figures = of_cells(place, quick)
    more, of_sample = of_drawings(place, quick)
    cores = len(os.sched_getaffinity(0))
    table.report(place.name, {"cells": figures, "sample": of_sample, "cores": cores}, rows | more)


def of_cells(place: Path, quick: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of both lines beside what was published, and figures of what it took."""
    cells = solar_cells.cells(solar_cells.DOWNLOADS, every=7 if quick else 1)
    contest = Contest(
        Pictures(cells.names, cells.files), QUICK_CANDIDATES if quick else CANDIDATES, place / "cells",
        QUICK_EPOCHS if quick else EPOCHS, objective=OBJECTIVE,
    )  # fmt: skip
    filled, winner = contest.fill(), published_task.found(cells, contest)
    outcomes = {
        line: published_task.outcome(line, cells, contest, winner, 2 if quick else SEEDS).figures()
        for line in published_task.LINES
    }
    rows = {f"cells, {line}": _winner(winner) | _cells_row(outcome) for line, outcome in outcomes.items()}
    rows |= {
        f"published: {title}": {"weighted accuracy": f"{value:.2f} %"} for title, value in solar_cells.PUBLISHED.items()
    }
    spent = _spent(filled, winner, sum(outcome["winners_s"] for outcome in outcomes.values()))
    return rows, {**spent, **outcomes, "winner": winner["point"], "validation_score": winner["score"]}


def of_drawings(place: Path, quick: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """One row, and figures of what it took."""
    drawn = sample_task.drawings(40 if quick else sample_task.ALL)
    contest = Contest(
        drawn.pictures, QUICK_CANDIDATES if quick else SAMPLE_CANDIDATES, place / "drawings",
        QUICK_EPOCHS if quick else SAMPLE_EPOCHS,
    )  # fmt: skip
    filled = contest.fill()
    winner, figures = sample_task.figures(drawn, contest)
    balanced = _percent(figures["balanced_accuracy"], figures["interval"])
    row = {**_winner(winner), "balanced accuracy": balanced, "majority": _percent(0.5)}
    spent = _spent(filled, winner, figures["winners_s"])
    return {f"sample, {figures['images']} drawings": row}, {**spent, **figures, "winner": winner["point"]}


def _spent(filled: Mapping[str, Any], winner: Mapping[str, Any], winners_s: float) -> dict[str, Any]:
    features_s = sum(row["seconds"] for row in filled.values())
    return {
        "minutes": (features_s + winner["seconds"] + winners_s) / 60, "features_s": features_s,
        "search_s": winner["seconds"], "images_a_second": {name: row["images/s"] for name, row in filled.items()},
    }  # fmt: skip


def _cells_row(figures: Mapping[str, Any]) -> dict[str, Any]:
    names = ("accuracy", "weighted_accuracy", "balanced_accuracy")
    shown = {name.replace("_", " "): _percent(figures[name]["mean"], figures[name]["interval"]) for name in names}
    return {**shown, "majority": _percent(figures["majority_accuracy"])}


def _winner(found: Mapping[str, Any]) -> dict[str, Any]:
    point = found["point"]
    text = f"{found['backbone']} at {point['image_side_px']}, {point['unfrozen_stages']} unfrozen"
    return {"winner": text, "validation": found["score"]}


def _percent(value: float, interval: tuple[float, float] | None = None) -> str:
    around = f" ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})" if interval else ""
    return f"{100 * value:.2f} %{around}"


if __name__ == "__main__":
    main()
