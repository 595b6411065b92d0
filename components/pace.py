"""How long it will yet take, from how fast it went. Pure."""

from __future__ import annotations

_LONG = 0.1  # of the longest piece


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


class UnevenPace:
    """The same for pieces of work that differ much in size, the small ones first.

    A piece that took next to nothing, as what was found or made together with another, says nothing of those to come.
    """

    def __init__(self) -> None:
        self._done, self._at = 0, 0.0
        self._took_s: list[float] = []
        self._begun = False

    def left_s(self, done: int, total: int, now: float) -> float | None:
        """Seconds until done is total, if a piece takes as long as those before did that took long; None at first.

        now: of a clock that never goes back.
        """
        if not self._begun:
            self._begun, self._done, self._at = True, done, now
        if done > self._done:
            self._took_s.append(now - self._at)
            self._done, self._at = done, now
        if not self._took_s:
            return None
        long = [took for took in self._took_s if took >= _LONG * max(self._took_s)]
        return sum(long) / len(long) * max(0, total - done)
