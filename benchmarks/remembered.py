"""What a long benchmark has found out so far, so that a run that was cut goes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning.files import Folder


class Remembered:
    """Answers by name, below a folder of the settings that decide them: other settings ask anew."""

    def __init__(self, place: Path, settings: object) -> None:
        self.files = Folder(place / f"state-{hashlib.sha256(repr(settings).encode()).hexdigest()[:12]}")

    def once(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What make gave, now or in an earlier run, and "seconds", which it took then.

        Of a run that was cut, what was not finished is done again and only counted then.
        """
        content = self.files.read(f"{name}.json")
        if content is None:
            started = time.monotonic()
            content = json.dumps({**make(), "seconds": time.monotonic() - started}).encode()
            self.files.write(f"{name}.json", content)
        known: dict[str, Any] = json.loads(content)
        return known
