"""Cron with six fields, seconds first, as Kubeflow's scheduler reads it. Pure.

Kubeflow takes five fields, too, and means something else by them: `0 3 * * *` is every hour at three minutes past.
Source: https://pkg.go.dev/github.com/robfig/cron, version 1. croniter was tried and differs: it reads 5-5 as a star.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from itertools import islice, product

from components.errors import ConfigError

HORIZON_DAYS = 366 * 13  # three 29ths of February

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

    An hour that the clocks skip is skipped. Raises ConfigError if it never fires, as on the 30th of February.
    """
    found = list(islice((moment for moment in _times(text, after.astimezone(zone), zone) if moment > after), count))
    if not found:
        raise ConfigError("CRON", [f"{text!r} never fires: there is no such day"])
    return found


def _times(text: str, begin: datetime, zone: tzinfo) -> Iterator[datetime]:
    fields = [_numbers(field, given) for field, given in zip(_FIELDS, text.split(), strict=True)]
    seconds, minutes, hours = (sorted(numbers) for numbers in fields[:3])
    for day in _days(text, fields, begin.date()):
        for hour, minute, second in product(hours, minutes, seconds):
            moment = datetime.combine(day, time(hour, minute, second), zone)
            # A time that the clocks skip comes back from UTC as another.
            if moment.astimezone(timezone.utc).astimezone(zone).hour == hour:
                yield moment


def _days(text: str, fields: Sequence[frozenset[int]], begin: date) -> Iterator[date]:
    *_, days, months, weekdays = fields
    # Day and weekday must both fit if one of them has a star, else either does.
    both = any(part[0] in "*?" for given in (text.split()[3], text.split()[5]) for part in given.split(","))
    for number in range(HORIZON_DAYS):
        one = begin + timedelta(days=number)
        fits = one.day in days, one.isoweekday() % 7 in weekdays
        if one.month in months and (all(fits) if both else any(fits)):
            yield one


def five_fields(text: str) -> str:
    """A checked expression for a server that knows no seconds. Raises ConfigError if the second matters."""
    second, rest = text.split(" ", 1)
    if second != "0":
        raise ConfigError("CRON", [f"second {second}: Vertex AI starts runs at full minutes; use 0"])
    return rest.replace("?", "*")


def _findings(fields: Sequence[_Field], given: Sequence[str]) -> Iterator[str]:
    for field, text in zip(fields, given, strict=True):
        for part in text.split(","):
            if _range(field, part) is None:
                allowed = f"{field.lowest} to {field.highest}" + (f", {field.words[0]} ..." if field.words else "")
                yield f"{field.name} {part!r}: use {allowed}, *, from-to, and /step"


def _numbers(field: _Field, text: str) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _range(field, part) or ())


def _range(field: _Field, part: str) -> range | None:
    """The numbers of one part between commas, None if the scheduler would not take it."""
    found = _PART.fullmatch(part)
    if found is None or found["step"] == "0":
        return None
    begin, end = _bounds(field, found)
    if begin is None or end is None or begin > end:
        return None
    return range(begin, end + 1, int(found["step"] or 1))


def _bounds(field: _Field, found: re.Match[str]) -> tuple[int | None, int | None]:
    if found["from"] in ("*", "?"):
        return field.lowest, None if found["to"] else field.highest
    begin = field.number(found["from"])
    if found["to"]:
        return begin, field.number(found["to"])
    # A number with a step alone goes on to the end: minute 15/30 is 15 and 45.
    return begin, field.highest if found["step"] else begin
