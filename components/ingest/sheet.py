"""A manifest (CSV or JSONL): what its rows say about images."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from components.errors import InputError
from components.ingest.layout import normal

SUFFIXES = (".csv", ".jsonl")
NAMES = tuple(f"manifest{suffix}" for suffix in SUFFIXES)  # as they are called inside a raw folder
SHOWN = 5  # findings in one error


@dataclass(frozen=True)
class Line:
    """One image as the manifest describes it; "" leaves it to the folders."""

    uri: str  # relative to the manifest's folder, or an address of its own
    label: str = ""
    source: str = ""
    group: str = ""
    captured_at: str = ""  # ISO 8601: a date, or a date and a time
    where: str = field(default="", compare=False)  # "line 7"


def parse(name: str, content: bytes) -> dict[str, Line]:
    """Read a manifest by its file name: normal spelling of the uri -> line.

    name: ends in .csv or .jsonl. Columns that we do not know are passed over.
    Raises InputError with every finding: not UTF-8, not JSON, no uri, a uri twice, a captured_at that is no time.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    found = _from_csv(text) if name.lower().endswith(".csv") else _from_jsonl(text)
    lines = [line for line in found if isinstance(line, Line)]
    findings = [line for line in found if isinstance(line, str)]
    findings += [f"{uri!r} is there {count} times" for uri, count in _repeated(lines)]
    refuse(name, findings)
    return {normal(line.uri): line for line in lines}


def refuse(name: str, findings: Sequence[str]) -> None:
    """Raise InputError with the first findings, if there are any."""
    if findings:
        more = [f"and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else []
        shown = [f"  - {text}" for text in [*findings[:SHOWN], *more]]
        raise InputError("\n".join([f"{name} cannot be used:", *shown]))


def _repeated(lines: list[Line]) -> list[tuple[str, int]]:
    return [(uri, count) for uri, count in Counter(line.uri for line in lines).items() if count > 1]


def _from_csv(text: str) -> list[Line | str]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "uri" not in (reader.fieldnames or ()):
        return [f"it has no column uri (columns: {', '.join(reader.fieldnames or ()) or 'none'})"]
    try:
        return [_line(dict(values), f"line {reader.line_num}") for values in reader]
    except csv.Error as error:
        return [f"line {reader.line_num} is not CSV: {error}"]


def _from_jsonl(text: str) -> list[Line | str]:
    return [_json_line(line, f"line {number}") for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


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
