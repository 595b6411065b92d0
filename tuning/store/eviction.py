"""Which series are forgotten when the cache is full: those that were not used for the longest time.

A run says of each series that it uses it by a stamp, a small file in the series' folder, renewed at most once an hour.
A series whose stamp is younger than the lease may be in use by a running search, here or on another machine, and is
never removed. A stamp that is removed or lost costs nothing but a computation.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Collection, Mapping

from tuning.files import Files
from tuning.store.address import SUFFIX, Series
from tuning.store.files import MappedFiles

STAMP = "used.json"
LEASE_S = 6 * 3600.0
RENEWAL_S = 3600.0
_DEPTH = 5  # parts of a series' folder: origin, side, cut, dtype, view


class Stamps:
    """Says that a run uses series."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._said: dict[str, float] = {}

    def use(self, series: Series) -> None:
        """Renew a series' stamp, unless this run did so within the last hour."""
        now = time.time()
        if now - self._said.get(series.folder, float("-inf")) >= RENEWAL_S:
            stamp(self._files, series.folder, now)
            self._said[series.folder] = now


def stamp(files: Files, folder: str, now_s: float | None = None) -> None:
    """Say that a series is used now. now_s: seconds since 1970."""
    now = time.time() if now_s is None else now_s
    files.write(f"{folder}/{STAMP}", json.dumps({"used_s": round(now)}).encode())


def folder_of(name: str) -> str:
    """The folder of the series to which a file of the cache belongs."""
    return "/".join(name.split("/")[:_DEPTH])


def evict(
    files: MappedFiles, allowed_bytes: float, now_s: float | None = None, ours: Collection[str] = ()
) -> list[str]:
    """Remove series, the least recently used first, until the rest fits; their folders.

    ours: folders that this run uses. These, and those within their lease, stay even if they do not fit.
    """
    now = time.time() if now_s is None else now_s
    sizes, total, removed = _by_folder(files.sizes()), 0, []
    total = sum(sizes.values())
    used = {folder: _used_s(files, folder) for folder in sizes}
    for folder in sorted(sizes, key=lambda folder: (used[folder], folder)):
        if total <= allowed_bytes:
            break
        if folder in ours or now - used[folder] < LEASE_S:
            continue
        for name in files.names(f"{folder}/"):
            files.remove(name)
        total -= sizes[folder]
        removed.append(folder)
    return removed


def room(files: MappedFiles, budget_bytes: float, ours: Collection[str], now_s: float | None = None) -> float:
    """Bytes that a run may fill: the budget without what others use now. What is old can be evicted."""
    now = time.time() if now_s is None else now_s
    sizes = _by_folder(files.sizes())
    others = (folder for folder in sizes if folder not in ours and now - _used_s(files, folder) < LEASE_S)
    return max(0.0, budget_bytes - sum(sizes[folder] for folder in others))


def _by_folder(sizes: Mapping[str, int]) -> dict[str, int]:
    """Series' folder -> bytes of its features."""
    total: dict[str, int] = defaultdict(int)
    for name, size in sizes.items():
        if name.endswith(SUFFIX):
            total[folder_of(name)] += size
    return dict(total)


def _used_s(files: Files, folder: str) -> float:
    try:
        return float(json.loads(files.read(f"{folder}/{STAMP}") or b"{}").get("used_s", 0.0))
    except (ValueError, TypeError, AttributeError):
        return 0.0
