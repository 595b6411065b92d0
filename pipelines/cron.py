"""Cron with six fields, seconds first, as Kubeflow's scheduler reads it. Pure.

Kubeflow takes five fields, too, and means something else by them: `0 3 * * *` is every hour at three minutes past.
Source: https://pkg.go.dev/github.com/robfig/cron, version 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from components.errors import ConfigError, UnavailableError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?P<from>\*|\?|\w+)(-(?P<to>\w+))?(/(?P<step>\d+))?")


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """A number or a word of this field as a number within its bounds, else None."""
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        return int(text) if text.isdigit() and self.lowest <= int(text) <= self.highest else None


_FIELDS = (
    _Field("second", 0, 59), _Field("minute", 0, 59), _Field("hour", 0, 23), _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS), _Field("day of the week", 0, 6, _DAYS),
)  # fmt: skip


def check(text: str) -> str:
    """The expression with single spaces. Raises ConfigError with every finding, for five fields with the right line."""
    given = text.split()
    if len(given) == len(_FIELDS) - 1 and not list(_findings(_FIELDS[1:], given)):
        corrected = " ".join(["0", *given])
        raise ConfigError("CRON", [f'{text!r} has five fields; Kubeflow wants the second first. Say "{corrected}"'])
    if len(given) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise ConfigError("CRON", [f"{text!r} has {len(given)} fields; six are needed: {names}"])
    if findings := list(_findings(_FIELDS, given)):
        raise ConfigError("CRON", findings)
    return " ".join(given)


def next_times(text: str, after: datetime, zone: tzinfo, count: int = 3) -> list[datetime]:
    """The times at which a checked expression fires next, in the zone. after: with a time zone.

    Raises ConfigError if it never does, as on the 30th of February, UnavailableError without the extra `schedule`.
    """
    try:
        from croniter import CroniterBadDateError, croniter
    except ImportError as error:
        raise UnavailableError("Schedules need croniter: install `brandlens[schedule]`.") from error

    # Kubeflow takes day AND weekday if one of them starts with a star, else day OR weekday: so does this flag.
    times = croniter(text.replace("?", "*"), after.astimezone(zone), implement_cron_bug=True, second_at_beginning=True)
    try:
        return [times.get_next(datetime) for _ in range(count)]
    except CroniterBadDateError as error:
        raise ConfigError("CRON", [f"{text!r} never fires: there is no such day"]) from error


def five_fields(text: str) -> str:
    """A checked expression for a server that knows no seconds. Raises ConfigError if the second matters."""
    second, rest = text.split(" ", 1)
    if second != "0":
        raise ConfigError("CRON", [f"second {second}: Vertex AI starts runs at full minutes; use 0"])
    return rest.replace("?", "*")


def _findings(fields: tuple[_Field, ...], given: list[str]) -> Iterator[str]:
    for field, text in zip(fields, given, strict=True):
        for part in text.split(","):
            if not _in_order(field, part):
                allowed = f"{field.lowest} to {field.highest}" + (f", {field.words[0]} ..." if field.words else "")
                yield f"{field.name} {part!r}: use {allowed}, *, from-to, and /step"


def _in_order(field: _Field, part: str) -> bool:
    found = _PART.fullmatch(part)
    if found is None or found["step"] == "0":
        return False
    if found["from"] in ("*", "?"):
        return found["to"] is None
    begin = field.number(found["from"])
    end = field.number(found["to"]) if found["to"] else field.highest
    return begin is not None and end is not None and begin <= end
