"""Where the figures of a benchmark go."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from components.containers import TAG

FOLDER = Path("build/bench")


def report(name: str, figures: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Print rows (row -> column -> value) as a table and write everything to build/bench/<name>.json."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    table = Table("", *columns, title=name)
    for title, row in rows.items():
        table.add_row(title, *(_shown(row.get(column)) for column in columns))
    console = Console(width=max(120, Console().width))
    console.print(table)
    for key, value in figures.items():
        console.print(f"{key}: {_shown(value)}", highlight=False)
    FOLDER.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "brandlens": TAG}
    text = json.dumps({**figures, "rows": rows, "machine": machine}, indent=2, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    console.print(f"written to {FOLDER / f'{name}.json'}", highlight=False)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
