"""The optional manifest.csv or manifest.jsonl of a raw folder: what its rows say about images."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass

from components.errors import InputError
from components.ingest.layout import normal

NAMES = ("manifest.csv", "manifest.jsonl")
SHOWN = 5  # findings in one error


@dataclass(frozen=True)
class Line:
    """One image as the manifest describes it; "" leaves it to the folders."""

    uri: str  # relative to the raw folder
    label: str = ""
    source: str = ""
    group: str = ""


def parse(name: str, content: bytes) -> dict[str, Line]:
    """Read a manifest by its file name: normal spelling of the uri -> line.

    Columns that we do not know (captured_at, ...) are passed over.

    Raises InputError with every finding: not UTF-8, not JSON, no uri, a uri twice.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    found = _from_csv(text) if name.endswith(".csv") else _from_jsonl(text)
    lines = [line for line in found if isinstance(line, Line)]
    findings = [line for line in found if isinstance(line, str)]
    findings += [f"{uri!r} is there {count} times" for uri, count in _repeated(lines)]
    if findings:
        more = [f"and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else []
        raise InputError("\n".join([f"{name} cannot be used:", *(f"  - {text}" for text in findings[:SHOWN] + more)]))
    return {normal(line.uri): line for line in lines}


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
    return Line(text("uri").removeprefix("./"), *(normal(text(key)) for key in ("label", "source", "group")))
