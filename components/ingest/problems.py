"""Entries whose listing alone shows that they cannot be used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.manifest import Entry, Reason


def problem(entry: Entry, reason: Reason, detail: str) -> Entry:
    """The entry with its reason from the closed list and what was seen."""
    # Names and link targets need not be Unicode, Parquet's text must be.
    texts = {name: value for name, value in {**vars(entry), "detail": detail}.items() if isinstance(value, str)}
    readable: dict[str, Any] = {name: text.encode("utf-8", "backslashreplace").decode() for name, text in texts.items()}
    return replace(entry, **{**readable, "problem": reason.value})
