"""Which shard files of a split one worker reads, and what the manifest says of the images in them.

Whole columns are kept, no objects: a split may have many millions of images.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components import manifest, records, shards, storage
from components.artifacts import Increment, Snapshot
from components.storage import FileInfo

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = ("id", "source", "group", "uri")


@dataclass(frozen=True)
class SplitFiles:
    """One worker's part of a split."""

    files: tuple[str, ...]  # on this machine; each holds at least one admitted image
    increments: tuple[int, ...]  # of each file, its increment's index in the snapshot
    size: int  # bytes of all files
    columns: dict[str, np.ndarray]  # of the admitted images in them: TEXTS as objects, label and increment as int64
    every: int = 1  # of those images this worker takes one in so many,
    offset: int = 0  # from this one on

    @property
    def images(self) -> int:
        """How many images the worker gets."""
        return len(range(self.offset, len(self.columns["id"]), self.every))


def find(snapshot: Snapshot, split: str, worker: int = 0, workers: int = 1) -> SplitFiles:
    """The files that this worker reads; those of a bucket are copied to this machine first, see shards.local.

    Workers share the files out; if there are fewer files than workers, all read all of them and share the images.
    Shares are disjoint and together the whole split; they may differ in size. Raises StorageError.
    """
    listed = [_shards(increment, split) for increment in snapshot.increments]
    columns = _columns(snapshot, split)
    places = _places(columns, [len(infos) for infos in listed])
    held = sorted(set(places))
    shared = len(held) >= workers > 1
    mine = held[worker::workers] if shared else held
    if shared:
        chosen = set(mine)
        is_mine = np.array([place in chosen for place in places], bool)
        columns = {name: column[is_mine] for name, column in columns.items()}
    return SplitFiles(
        files=tuple(_local(snapshot, split, [(at, listed[at][shard]) for at, shard in mine])),
        increments=tuple(at for at, _ in mine), columns=columns,
        size=sum(listed[at][shard].size for at, shard in mine),
        every=1 if shared else workers, offset=0 if shared else worker,
    )  # fmt: skip


def _shards(increment: Increment, split: str) -> list[FileInfo]:
    """The split's shards in order."""
    start = f"{records.DATASET}-{split}."
    found = (info for info in storage.list_files(increment.uri) if _name(info).startswith(start))
    return sorted(found, key=_name)


def _name(info: FileInfo) -> str:
    return info.uri.rsplit("/", 1)[-1]


def _places(columns: dict[str, np.ndarray], shards_of: Sequence[int]) -> list[tuple[int, int]]:
    """Of each image, the index of its increment and its shard therein."""
    pairs = zip(columns["id"].tolist(), columns["increment"].tolist(), strict=True)
    return [(at, records.shard_of(image_id, shards_of[at])) for image_id, at in pairs]


def _local(snapshot: Snapshot, split: str, wanted: Sequence[tuple[int, FileInfo]]) -> list[str]:
    names = defaultdict(set)
    for at, info in wanted:
        names[at].add(_name(info))
    folders = {at: shards.local(snapshot.increments[at], split, some) for at, some in names.items()}
    return [storage.join(folders[at], _name(info)) for at, info in wanted]


def _columns(snapshot: Snapshot, split: str) -> dict[str, np.ndarray]:
    read = ["status", "split", "label", "increment", *TEXTS]
    numbers = {
        "label": {label: at for at, label in enumerate(snapshot.labels)},
        "increment": {item.increment_id: at for at, item in enumerate(snapshot.increments)},
    }
    tables = [
        _admitted(table, split, list(numbers["increment"]))
        for table in manifest.read_columns(snapshot.manifest_uri, read)
    ]
    columns = {name: _joined([table[name].to_numpy() for table in tables], object) for name in TEXTS}
    for name, number in numbers.items():
        parts = [np.array([number[value] for value in table[name].to_pylist()], np.int64) for table in tables]
        columns[name] = _joined(parts, np.int64)
    return columns


def _admitted(table: pa.Table, split: str, increments: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_held = pc.is_in(table["increment"], pa.array(increments, pa.string()))
    is_here = pc.and_(pc.equal(table["status"], manifest.ADMITTED), pc.equal(table["split"], split))
    return table.filter(pc.and_(is_here, is_held))


def _joined(parts: Sequence[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind)
