"""A manifest (CSV or JSONL): what its rows say about images, one row in memory at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TextIO, TypeVar

from components.errors import InputError
from components.ingest.layout import normal
from components.ingest.ordered import in_order
from components.storage import streams

SUFFIXES = (".csv", ".jsonl")
NAMES = tuple(f"manifest{suffix}" for suffix in SUFFIXES)  # as they are called inside a raw folder
SHOWN = 5  # findings in one error
Item = TypeVar("Item")


@dataclass(frozen=True)
class Line:
    """One image as the manifest describes it; "" leaves it to the folders."""

    uri: str  # relative to the manifest's folder, or an address of its own
    label: str = ""
    source: str = ""
    group: str = ""
    captured_at: str = ""  # ISO 8601: a date, or a date and a time
    where: str = field(default="", compare=False)  # "line 7"


class Findings:
    """What is wrong with a manifest: the first of it in words, the rest as a number."""

    def __init__(self, name: str) -> None:
        self._name, self._shown, self._more = name, list[str](), 0

    def add(self, text: str) -> None:
        """Note something."""
        if len(self._shown) < SHOWN:
            self._shown.append(text)
        else:
            self._more += 1

    def refuse(self) -> None:
        """Raise InputError with what was noted, if anything was."""
        if self._shown:
            more = [f"and {self._more} more"] if self._more else []
            lines = [f"  - {text}" for text in [*self._shown, *more]]
            raise InputError("\n".join([f"{self._name} cannot be used:", *lines]))


def read(uri: str, findings: Findings) -> Iterator[Line]:
    """The rows of a manifest in their order; what is wrong with others goes to findings.

    uri: ends in .csv or .jsonl. Columns that we do not know are passed over.
    Findings: not JSON, no uri, a captured_at that is no time. Raises InputError if it is not UTF-8, StorageError if it
    cannot be read.
    """
    is_csv = uri.lower().endswith(".csv")
    with streams.reading(uri) as file, io.TextIOWrapper(file, "utf-8-sig", newline="" if is_csv else "\n") as text:
        try:
            for line in _from_csv(text) if is_csv else _from_jsonl(text):
                if isinstance(line, Line):
                    yield line
                else:
                    findings.add(line)
        except UnicodeDecodeError as error:
            place = file.tell() - len(error.object) + error.start
            raise InputError(f"{uri} is not UTF-8 (byte {place}). Save it as UTF-8.") from error


def unrepeated(named: Iterable[tuple[str, Item]], findings: Findings) -> Iterator[Item]:
    """Items in order of their names. At the end, before anything is done with them, InputError tells all findings:
    also of names that are there more than once.
    """
    for name, found in groupby(in_order(named), key=itemgetter(0)):
        for number, (_, item) in enumerate(found, start=1):
            if number == 1:
                yield item
        if number > 1:
            findings.add(f"{name} is there {number} times")
    findings.refuse()


def _from_csv(text: TextIO) -> Iterator[Line | str]:
    reader = csv.DictReader(text)
    if "uri" not in (reader.fieldnames or ()):
        yield f"it has no column uri (columns: {', '.join(reader.fieldnames or ()) or 'none'})"
        return
    try:
        for values in reader:
            yield _line(dict(values), f"line {reader.line_num}")
    except csv.Error as error:
        yield f"line {reader.line_num} is not CSV: {error}"


def _from_jsonl(text: TextIO) -> Iterator[Line | str]:
    return (_json_line(line, f"line {number}") for number, line in enumerate(text, start=1) if line.strip())


def _json_line(text: str, where: str) -> Line | str:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        return f"{where} is not JSON: {error.msg}"
    return _line(values, where) if isinstance(values, dict) else f"{where} is not a JSON object"


def _line(values: dict[str, object], where: str) -> Line | str:
    def text(key: str) -> str:
        value = values.get(key)
        return "" if value is None else str(value).strip()

    if not text("uri"):
        return f"{where} has no uri"
    captured_at = text("captured_at")
    if captured_at and not _is_time(captured_at):
        return f"{where}: captured_at is {captured_at!r}, not a date or time of ISO 8601 such as 2024-05-31T18:30:00Z"
    label, source, group = (normal(text(key)) for key in ("label", "source", "group"))
    return Line(text("uri").removeprefix("./"), label, source, group, captured_at, where)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)  # Python 3.10 knows no Z
    except ValueError:
        return False
    return True
