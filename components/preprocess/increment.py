"""Makes a folder of shards an increment that TFDS opens, and names it by its records."""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components import digest, records, storage
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


@dataclass(frozen=True)
class Shard:
    """What one shard holds."""

    name: str
    split: str
    size: int  # bytes
    counts: dict[str, int]  # label -> images
    digest: str  # of its records' content, not of where they came from

    @classmethod
    def of(cls, name: str, size: int, rows: Sequence[Row]) -> Shard:
        """The shard of these admitted rows, which are in order of id."""
        split = name.removeprefix(f"{records.DATASET}-").split(".", 1)[0]
        lines = (f"{row.split} {row.id} {row.label} {row.stored}" for row in rows)
        return cls(name, split, size, dict(Counter(row.label for row in rows)), digest.of_lines(lines))

    @property
    def images(self) -> int:
        """How many records it holds."""
        return sum(self.counts.values())


def increment_id(shards: Sequence[Shard]) -> str:
    """The name of the increment that these shards make, in any order; shards without images do not count."""
    return digest.of_lines(sorted(f"{shard.name} {shard.digest}" for shard in shards if shard.images))


def finish(
    folder: str, found: Sequence[Shard], labels: Sequence[str], shards: dict[str, int], config: DataConfig
) -> Increment | None:
    """Write TFDS's metadata beside the shards. found: those that were written; None if they hold no image."""
    filled = {shard.name: shard for shard in found if shard.images}
    if not filled:
        return None
    lengths: dict[str, list[int]] = {}
    for split in (split for split in SPLITS if any(shard.split == split for shard in filled.values())):
        names = _names(split, shards[split])
        lengths[split] = [filled[name].images if name in filled else 0 for name in names]
        for name in (name for name in names if name not in filled):  # a shard to which no image was hashed
            storage.write_bytes(storage.join(folder, name), b"")
    _write_metadata(folder, lengths, {name: shard.size for name, shard in filled.items()}, labels, config)
    counts = {split: dict.fromkeys(labels, 0) for split in SPLITS}
    for shard in filled.values():
        for label, images in shard.counts.items():
            counts[shard.split][label] += images
    return Increment(increment_id=increment_id(found), uri=folder, counts=counts)


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
