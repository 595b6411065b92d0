"""Makes a folder of shards an increment that TFDS opens, and names it by its records."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from components import digest, records, snapshot, storage
from components.artifacts import SPLITS, Increment
from components.config import DataConfig
from components.manifest import Row

SHARD_BYTES = 64 * 2**20
BYTES_PER_PIXEL = {"jpeg": 0.7, "png": 1.5}  # of photographs at 150 px: 15.9 kB and 34 kB


def shard_counts(images: int, config: DataConfig) -> dict[str, int]:
    """Split -> how many shards of about 64 MiB its share of so many images fills; known before any is decoded."""
    total = images * config.stored_side_px**2 * BYTES_PER_PIXEL[config.stored_format]
    shares = config.split.model_dump()
    return {split: max(1, math.ceil(total * shares[split] / SHARD_BYTES)) for split in SPLITS}


def finish(
    folder: str, rows: Sequence[Row], labels: Sequence[str], shards: dict[str, int], config: DataConfig
) -> Increment | None:
    """Write TFDS's metadata beside the shards. rows: those that this increment admits; None if there are none."""
    if not rows:
        return None
    lengths = {split: [0] * shards[split] for split in SPLITS if any(row.split == split for row in rows)}
    for row in rows:
        lengths[row.split][records.shard_of(row.id, shards[row.split])] += 1
    sizes = {info.uri.rsplit("/", 1)[-1]: info.size for info in storage.list_files(folder)}
    for split in lengths:
        for name in _names(split, shards[split]):
            if name not in sizes:  # a shard to which no image was hashed
                storage.write_bytes(storage.join(folder, name), b"")
    _write_metadata(folder, lengths, sizes, labels, config)
    lines = sorted(f"{row.split} {row.id} {row.label} {row.stored}" for row in rows)
    return Increment(increment_id=digest.of_lines(lines), uri=folder, counts=snapshot.counts(rows, labels))


def _names(split: str, shards: int) -> list[str]:
    return [records.file_name(split, shard, shards) for shard in range(shards)]


def _write_metadata(
    folder: str, lengths: dict[str, list[int]], sizes: dict[str, int], labels: Sequence[str], config: DataConfig
) -> None:
    """TFDS writes beside empty files of the same names; what it wrote is then copied, wherever the folder lies."""
    import tensorflow_datasets as tfds

    side = config.stored_side_px
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(side, side, 3), encoding_format=config.stored_format),
            "label": tfds.features.ClassLabel(names=list(labels)),
            **{name: tfds.features.Text() for name in ("id", "source", "group", "uri")},
        }
    )
    with tempfile.TemporaryDirectory() as beside:
        names = {split: _names(split, len(counts)) for split, counts in lengths.items()}
        for name in (name for listed in names.values() for name in listed):
            Path(beside, name).touch()
        infos = [
            tfds.core.SplitInfo(
                name=split, shard_lengths=counts, num_bytes=sum(sizes.get(name, 0) for name in names[split]),
                filename_template=tfds.core.ShardedFileTemplate(
                    dataset_name=records.DATASET, split=split, filetype_suffix="tfrecord", data_dir=Path(beside)
                ),
            )
            for split, counts in lengths.items()
        ]  # fmt: skip
        tfds.folder_dataset.write_metadata(
            data_dir=beside, features=features, split_infos=infos, check_data=False, homepage="", description=""
        )
        for name in sorted(os.listdir(beside)):
            if name.endswith((".json", ".txt")):
                storage.write_bytes(storage.join(folder, name), Path(beside, name).read_bytes())
