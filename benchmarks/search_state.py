"""What was measured before a run was cut short is not measured again: each arm of each backbone has a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


class State:
    """The results so far, in a folder of their own for every task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def once(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What make gave, now or in an earlier run."""
        path = self.folder / f"{name}.json"
        if not path.is_file():
            print(f"{name} ...", flush=True)
            beside = path.with_suffix(".part")
            beside.write_text(json.dumps(make()), encoding="utf-8")
            beside.rename(path)
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return known

    def remove(self) -> None:
        """All of it: the next run measures everything anew."""
        shutil.rmtree(self.folder)
