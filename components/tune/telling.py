"""What a search tells while it works: which trial, the best so far, time left; and whose features are computed."""

from __future__ import annotations

import time
from typing import Any

from components import runs
from components.pace import UnevenPace


class Telling:
    """Of one search. Computing features is a part of the trial that needs them, and what is left is the trials'."""

    def __init__(self, record: runs.Recorder) -> None:
        self._record, self._pace = record, UnevenPace()
        self._trial: dict[str, Any] = {}

    def trial(self, number: int, total: int, text: str, best: float | None) -> None:
        """See search.OnTrial."""
        # Head-only trials come first and together: the average over all would promise too much of the deep ones.
        left_s = self._pace.left_s(number - 1, total, time.monotonic())
        self._trial = {"done": number - 1, "total": total, "unit": "trials", "best": best, "left_s": left_s}
        self._record.progress(**self._trial, text=text)

    def images(self, done: int, total: int) -> None:
        """So many images of those whose features are lacking have them now."""
        if self._trial:
            self._record.progress(**self._trial, text=f"features of {done} of {total} images")
        else:
            self._record.progress(done=done, total=total, unit="images", text="features")
