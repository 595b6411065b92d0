"""What was measured before a run was cut short is not measured again: each arm of each backbone has a file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import child


class State:
    """The results so far, in a folder of their own for every task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of(cls, place: Path, what: Any, *, fresh: bool) -> State:
        """The folder below place for what is measured, in JSON's terms. fresh: forget what earlier runs found."""
        text = json.dumps(what, sort_keys=True)
        folder = place / hashlib.sha256(text.encode()).hexdigest()[:12]
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        return cls(folder)

    def measured(self, name: str, function: Callable[..., dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
        """What function(**given) gave in a process of its own, see child.of_all_cores."""
        return self.once(name, lambda: child.of_all_cores(function, given))

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
