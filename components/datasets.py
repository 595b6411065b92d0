"""A snapshot's splits as tf.data datasets: the one reader that training and evaluation share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from components import split_files
from components.artifacts import SPLITS, Snapshot
from components.split_files import TEXTS, SplitFiles
from tuning import pixels

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

# Constants, not the number of cores: the order of images must be the same on every machine.
FILES_AT_ONCE, IMAGES_OF_A_FILE_AT_ONCE = 16, 8
JOINED_AT_ONCE = 64  # one look-up for so many images costs little more than for one
MIXED = 16_384  # images, still encoded, among which the next one is drawn when there is a seed: about half a GiB


def load_split(
    snapshot: Snapshot, split: str, side_px: int, *,
    seed: int | None = None, worker: int = 0, workers: int = 1, cache_bytes: int = 0,
) -> tf.data.Dataset:  # fmt: skip
    """The admitted images of a split, not batched: in a fixed order, or with a seed in the order that it decides.

    Elements: id, source, group, uri: string scalars; label: int64, index in snapshot.labels;
    image: uint8 (side_px, side_px, 3). Labels and the rest come from the manifest, not from the records: a record
    outlives the removal of its image and the correction of its label. Shards in a bucket are copied to this machine
    first; see shards.local. Files are read side by side; neither their number nor the cores' changes the order.
    worker, workers: which part of the split is wanted, and of how many; see split_files.find.
    cache_bytes: memory that may be kept from the first epoch on, for pixels if they fit, else for encoded images if
    these fit, else nothing.
    Raises ValueError if split is not a split's name or if there is no such worker.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    if not 0 <= worker < workers:
        raise ValueError(f"worker must be from 0 to {workers - 1}, one of {workers} workers; got {worker}")
    found = split_files.find(snapshot, split, worker, workers)
    if not found.images:
        return _empty(side_px)
    kept = _kept(found, side_px, cache_bytes)
    dataset = _joined(_records(found, seed), found).shard(found.every, found.offset)
    if kept == "encoded":
        dataset = dataset.cache()
    if seed is not None and kept != "pixels":
        dataset = dataset.shuffle(MIXED, seed, reshuffle_each_iteration=False)
    stored = snapshot.stored_side_px
    dataset = dataset.map(lambda item: _decoded(item, stored, side_px), num_parallel_calls=tf.data.AUTOTUNE)
    if kept == "pixels":
        dataset = dataset.cache()
        if seed is not None:  # among references to what is kept: no pixel is copied
            dataset = dataset.shuffle(found.images, seed, reshuffle_each_iteration=False)
    return dataset.apply(tf.data.experimental.assert_cardinality(found.images))


def open_with_tfds(snapshot: Snapshot) -> tfds.core.DatasetBuilder:
    """All increments as one dataset of TFDS, for tools that know TFDS and not us.

    It shows the records as they were written: also those of images that were removed since, and labels before their
    correction. load_split does not. Raises ValueError if the snapshot has no increment.
    """
    import tensorflow_datasets as tfds

    # The first folder's features hold for all; label maps only grow, so that the newest one names all labels.
    return tfds.builder_from_directories([increment.uri for increment in reversed(snapshot.increments)])


def _kept(found: SplitFiles, side_px: int, cache_bytes: int) -> str:
    """What of the images stays in memory: "pixels", "encoded" or "nothing"."""
    if found.images * side_px**2 * 3 <= cache_bytes:
        return "pixels"
    return "encoded" if found.size // found.every <= cache_bytes else "nothing"


def _records(found: SplitFiles, seed: int | None) -> tf.data.Dataset:
    """Serialized records, each with the index of its increment."""
    order = np.arange(len(found.files)) if seed is None else np.random.default_rng(seed).permutation(len(found.files))
    files = tf.data.Dataset.from_tensor_slices(
        (np.array(found.files)[order], np.array(found.increments, np.int64)[order])
    )

    def of_file(file: tf.Tensor, increment: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(file).map(lambda record: (record, increment))

    return files.interleave(
        of_file, cycle_length=min(FILES_AT_ONCE, len(order)), block_length=IMAGES_OF_A_FILE_AT_ONCE,
        num_parallel_calls=tf.data.AUTOTUNE, deterministic=True,
    )  # fmt: skip


def _joined(records: tf.data.Dataset, found: SplitFiles) -> tf.data.Dataset:
    """Still encoded images with what the manifest says of them, without those that it no longer admits."""
    ids = found.columns["id"].tolist()
    index = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(ids, tf.range(len(ids), dtype=tf.int64)), -1)
    columns = {name: tf.constant(found.columns[name]) for name in (*TEXTS, "label")}
    # The last element answers for what is not found: -1 modulo the length.
    increments = tf.constant(np.append(found.columns["increment"], -1))

    def joined(serialized: tf.Tensor, increment: tf.Tensor) -> dict[str, Any]:
        text = tf.io.FixedLenFeature([], tf.string)
        features = tf.io.parse_example(serialized, {"id": text, "image": text})
        at = index.lookup(features["id"])
        is_wanted = tf.gather(increments, at % len(increments)) == increment  # an image may have come back: two records
        at = at[is_wanted]
        return {
            "image": features["image"][is_wanted],
            **{name: tf.gather(column, at) for name, column in columns.items()},
        }

    return records.batch(JOINED_AT_ONCE).map(joined).unbatch()


def _decoded(item: dict[str, Any], stored_side_px: int, side_px: int) -> dict[str, Any]:
    # What preprocess stored is JPEG or PNG, colour without opacity: pixels.decode would look for all that people post.
    # TensorFlow's operation reads both formats, whatever its name says.
    image = tf.io.decode_jpeg(item["image"], channels=3, dct_method="INTEGER_ACCURATE")
    image = tf.ensure_shape(image, (stored_side_px, stored_side_px, 3))
    return {**item, "image": tf.ensure_shape(pixels.resize(image, side_px), (side_px, side_px, 3))}


def _empty(side_px: int) -> tf.data.Dataset:
    texts = {name: tf.zeros((0,), tf.string) for name in TEXTS}
    image = tf.zeros((0, side_px, side_px, 3), tf.uint8)
    return tf.data.Dataset.from_tensor_slices({"image": image, "label": tf.zeros((0,), tf.int64), **texts})
