"""How long it will yet take, from how fast it went. Pure."""

from __future__ import annotations


class Pace:
    """Watches a count that grows to a total; another unit or a smaller count begins anew."""

    def __init__(self) -> None:
        self._unit: str | None = None
        self._done = self._at = 0.0  # of the first count of this unit
        self._last = -1.0

    def left_s(self, unit: str, done: float, total: float, now: float) -> float | None:
        """Seconds until done is total, if it goes on as it went since the first count; None while nothing was done.

        now: of a clock that never goes back. What was done before the first count says nothing about the pace: it may
        have been found.
        """
        if unit != self._unit or done < self._last:
            self._unit, self._done, self._at = unit, done, now
        self._last = done
        grown = done - self._done
        return (now - self._at) / grown * max(0.0, total - done) if grown > 0 else None
