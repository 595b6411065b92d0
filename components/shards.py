"""An increment's shards on this machine's disk, for readers that open files by themselves.

TFDS opens gs:// through TensorFlow, which has its own retries, its own credentials and no way to the emulator. What
storage brings here once is read from disk in every epoch; increments never change, so it stays good.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from components import digest, records, storage
from components.artifacts import Increment
from components.storage import FileInfo

FOLDER = "BRANDLENS_INCREMENTS"
READERS = 8  # shards that are copied at the same time, each of about 64 MiB


def local(increment: Increment, split: str, names: Collection[str] | None = None) -> str:
    """A local folder with the increment's metadata and this split's shards: its own if it is no bucket's.

    names: file names of the shards that are needed; None means all of the split.
    Copies lie in $BRANDLENS_INCREMENTS, or in brandlens/increments in the user's cache, one folder for each increment.
    A copy that was cut short goes on; what is there whole is not read again. Raises StorageError.
    """
    if not storage.is_remote(increment.uri):
        return increment.uri
    name = f"{increment.increment_id}-{digest.of_json(increment.uri)}"  # equal records elsewhere: another folder
    folder = str(cache_folder() / name)
    needed = [info for info in storage.list_files(increment.uri) if _is_needed(info, split, names)]
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(lambda info: _bring(info, folder), needed))
    return folder


def cache_folder() -> Path:
    """Where this machine's copies lie."""
    if named := os.environ.get(FOLDER):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "brandlens" / "increments"


def _is_needed(info: FileInfo, split: str, names: Collection[str] | None) -> bool:
    name = info.uri.rsplit("/", 1)[-1]
    if not name.startswith(f"{records.DATASET}-"):
        return True
    return name.startswith(f"{records.DATASET}-{split}.") and (names is None or name in names)


def _bring(info: FileInfo, folder: str) -> None:
    place = storage.join(folder, info.uri.rsplit("/", 1)[-1])
    if not storage.exists(place):  # a file becomes visible when it is whole
        storage.write_bytes(place, storage.read_bytes(info.uri))
