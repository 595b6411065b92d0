"""Names for content: equal content has equal names, on every machine and in every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

SHORT = 16


def of_bytes(data: bytes) -> str:
    """SHA-256 of data as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def of_json(value: Any) -> str:
    """First 16 hexadecimal digits of the SHA-256 of value as canonical JSON (sorted keys, no spaces).

    Raises TypeError if value holds something that JSON cannot express.
    """
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return of_bytes(canonical.encode())[:SHORT]


def of_lines(lines: Iterable[str]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the lines, each ended by a newline; order counts."""
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode() + b"\n")
    return total.hexdigest()[:SHORT]


def unit_interval(text: str) -> float:
    """A number in [0, 1) that depends on text alone and is uniform over texts (53 bits of SHA-256)."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
