"""A snapshot's splits as tf.data datasets: the one reader that training and evaluation share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from components import shards
from components import snapshot as snapshots
from components.artifacts import SPLITS, Increment, Snapshot
from components.manifest import Row
from tuning import pixels


def load_split(snapshot: Snapshot, split: str, side_px: int) -> tf.data.Dataset:
    """The admitted images of a split, in a fixed order, neither shuffled nor batched.

    Elements: id, source, group, uri: string scalars; label: int64, index in snapshot.labels;
    image: uint8 (side_px, side_px, 3). Labels and the rest come from the manifest, not from the records: a record
    outlives the removal of its image and the correction of its label. Shards in a bucket are copied to this machine
    first; see shards.local.
    Raises ValueError if split is not a split's name.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    rows = [row for row in snapshots.admitted(snapshot) if row.split == split]
    parts = [_part(increment, split, rows, snapshot.labels) for increment in snapshot.increments]
    present = [part for part in parts if part is not None]
    if not present:
        return _empty(side_px)
    dataset = present[0]
    for part in present[1:]:
        dataset = dataset.concatenate(part)
    stored = snapshot.stored_side_px
    return dataset.map(lambda item: _decoded(item, stored, side_px), num_parallel_calls=tf.data.AUTOTUNE).apply(
        tf.data.experimental.assert_cardinality(len(rows))
    )


def _part(increment: Increment, split: str, rows: Sequence[Row], labels: Sequence[str]) -> tf.data.Dataset | None:
    """One increment's still encoded images, joined with the manifest's rows; None if the split has none there."""
    import tensorflow_datasets as tfds

    here = [row for row in rows if row.increment == increment.increment_id]
    if not here:
        return None
    index = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer([row.id for row in here], tf.range(len(here), dtype=tf.int64)), -1
    )
    columns = {
        **{name: tf.constant([getattr(row, name) for row in here]) for name in ("id", "source", "group", "uri")},
        "label": tf.constant([labels.index(row.label) for row in here], tf.int64),
    }

    def joined(record: dict[str, Any]) -> dict[str, Any]:
        at = index.lookup(record["id"])
        return {"image": record["image"], **{name: tf.gather(column, at) for name, column in columns.items()}}

    records = tfds.builder_from_directory(shards.local(increment, split)).as_dataset(
        split=split,
        shuffle_files=False,
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1),
    )
    return records.filter(lambda record: index.lookup(record["id"]) >= 0).map(joined)


def _decoded(item: dict[str, Any], stored_side_px: int, side_px: int) -> dict[str, Any]:
    image = tf.ensure_shape(pixels.decode(item["image"]), (stored_side_px, stored_side_px, 3))
    return {**item, "image": tf.ensure_shape(pixels.resize(image, side_px), (side_px, side_px, 3))}


def _empty(side_px: int) -> tf.data.Dataset:
    texts = {name: tf.zeros((0,), tf.string) for name in ("id", "source", "group", "uri")}
    image = tf.zeros((0, side_px, side_px, 3), tf.uint8)
    return tf.data.Dataset.from_tensor_slices({"image": image, "label": tf.zeros((0,), tf.int64), **texts})
