"""Draws a run: a live table on a terminal, a line for each change elsewhere; at the end a short summary."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from components.artifacts import Summary
from pipelines.board import Board, Row

REFRESH_S = 0.25
_MARKS = {"done": ("✓", "green"), "reused": ("↺", "cyan"), "failed": ("✗", "red")}


def follow(events: Path, running: Callable[[], bool], console: Console) -> Board:
    """Show what the events tell until running() says no; returns the board as it then stands."""
    board = Board()
    with shown(board, console) as changed:
        for line in _lines(events, running):
            changed(board.apply(json.loads(line)), line)
    return board


def _lines(path: Path, running: Callable[[], bool]) -> Iterator[str]:
    """Whole lines as they are appended; after running() has said no, what is left."""
    rest, position = "", 0
    while True:
        alive = running()
        if path.exists():
            with path.open(encoding="utf-8") as file:
                file.seek(position)
                rest += file.read()
                position = file.tell()
        *whole, rest = rest.split("\n")
        yield from whole
        if not alive:
            return
        time.sleep(REFRESH_S)


@contextmanager
def shown(board: Board, console: Console) -> Iterator[Callable[[Row, str], None]]:
    """Keep the board on the screen; what it yields is to be called with each row that changed and its event."""
    if not console.is_terminal:
        yield lambda row, line: _print_change(row, line, console)
        return
    spinner = Spinner("dots", style="bold")
    with Live(console=console, refresh_per_second=8, get_renderable=lambda: table(board, spinner)):
        yield lambda *_: None


def _print_change(row: Row, line: str, console: Console) -> None:
    kind = json.loads(line)["event"]
    if kind == "started":
        console.print(f"  {row.title} ...", highlight=False)
    elif kind in ("finished", "failed"):
        console.print(f"{_MARKS[row.status][0]} {_line(row)}", highlight=False, soft_wrap=True)


def _line(row: Row) -> str:
    again = "already there: " if row.status == "reused" else ""
    return f"{row.title}  {row.elapsed_s(0):.1f} s  {again}{row.detail(0)}".rstrip()


def table(board: Board, spinner: Spinner) -> Table:
    """The board as it stands, for a terminal."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=1)
    grid.add_column(min_width=18)
    grid.add_column(justify="right", min_width=8)
    grid.add_column()
    now = time.time()
    for row in board.rows.values():
        mark = spinner if row.status == "running" else Text(_MARKS[row.status][0], style=_MARKS[row.status][1])
        detail = Text(row.detail(now), overflow="ellipsis", no_wrap=True)
        grid.add_row(mark, Text(row.title, style="bold" if row.status == "running" else ""),
                     f"{row.elapsed_s(now):.1f} s", _with_bar(row, detail))  # fmt: skip
    if board.note:
        grid.add_row("", "", "", Text(board.note, style="dim"))
    return grid


def _with_bar(row: Row, detail: Text) -> Text | Table:
    if row.status != "running" or not row.progress.get("total"):
        return detail
    grid = Table.grid(padding=(0, 1))
    grid.add_row(ProgressBar(total=row.progress["total"], completed=row.progress["done"], width=24), detail)
    return grid


def summary_table(summary: Summary) -> Table:
    """The run in a dozen lines."""
    grid = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, text in _summary_rows(summary):
        grid.add_row(name, Text(text))
    return grid


def _summary_rows(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "run", f"{summary.run_id}: {summary.status}"
    if summary.counts:
        yield from _count_rows(summary)
    if summary.best:
        best = summary.best
        yield "best", f"{best['backbone']}, {best['unfrozen_stages']} unfrozen stages, validation {best['score']:.3f}"
    if summary.test:
        yield "test", _test_line(summary.test)
    if summary.verdict:
        yield "verdict", "\n".join([summary.verdict, *summary.reasons])
    for warning in summary.warnings:
        yield "warning", warning
    for name, uri in (
        ("model", summary.model_uri), ("report", summary.report_uri), ("data report", summary.data_report_uri),
    ):  # fmt: skip
        if uri:
            yield name, uri
    if summary.gpu_hours:
        cost = f", about {summary.cost:.2f}" if summary.cost is not None else ""
        yield "GPUs", f"{summary.gpu_hours:.2f} GPU hours{cost}"
    if summary.reused:
        yield "not computed again", ", ".join(summary.reused)


def _test_line(test: Mapping[str, Any]) -> str:
    low, high = test["balanced_accuracy_interval"]
    return (
        f"balanced accuracy {test['balanced_accuracy']:.3f} (95 % interval {low:.3f} to {high:.3f}), "
        f"macro F1 {test['macro_f1']:.3f}; always answering the most frequent brand: "
        f"{test['majority_accuracy']:.3f} of images right"
    )


def _count_rows(summary: Summary) -> Iterator[tuple[str, str]]:
    counts = summary.counts
    admitted: dict[str, int] = counts.get("admitted") or {}  # type: ignore[assignment]
    quarantined: dict[str, int] = counts.get("quarantined") or {}  # type: ignore[assignment]
    if admitted:
        yield "admitted", ", ".join(f"{label} {n}" for label, n in admitted.items())
    yield "quarantined", ", ".join(f"{reason} {n}" for reason, n in quarantined.items()) or "none"
    if counts.get("duplicates"):
        yield "duplicates", str(counts["duplicates"])
