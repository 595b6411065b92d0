"""A snapshot's images as the feature cache wants them: by shard, each image by its place therein."""

from __future__ import annotations

import functools
import mmap
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from components import manifest, records, shards, storage
from components.artifacts import SPLITS, Increment, Snapshot
from tuning.store.images import ChosenImages

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class ShardBlock:
    """The images of one shard. A bucket's shard is copied to this machine when it is first read."""

    increment: Increment
    split: str
    name: str  # the shard's file
    stored_side_px: int

    @property
    def key(self) -> str:
        """See tuning.store.images.ImageBlock."""
        return f"{self.increment.increment_id}/{self.split}-{self.name.split('.tfrecord-', 1)[1]}"

    def ids(self) -> Sequence[str]:
        """See ImageBlock. Raises StorageError if the shard cannot be read or is damaged."""
        return self._shard.ids

    def read(self, rows: np.ndarray, side_px: int) -> np.ndarray:
        """See ImageBlock. Pixels are those of datasets.load_split."""
        shard = self._shard
        contents = [_feature(shard.example(int(row)), "image") for row in rows]
        return _decoder(self.stored_side_px, side_px)(contents).numpy()

    @functools.cached_property
    def _shard(self) -> _Shard:
        return _Shard.open(storage.join(shards.local(self.increment, self.split, {self.name}), self.name))


@dataclass(frozen=True)
class _Shard:
    """A TFRecord file that is mapped, and where its records lie."""

    content: mmap.mmap
    places: np.ndarray  # (n, 2) int64: first byte and length of each example
    ids: tuple[str, ...]

    @staticmethod
    def open(path: str) -> _Shard:
        examples = [(len(content), _feature(content, "id").decode()) for content in records.read_examples(path)]
        lengths = np.array([length for length, _ in examples], np.int64)
        # Around an example lie 12 bytes before it, its length and that number's checksum, and its checksum after it.
        starts = 12 + np.concatenate([[0], np.cumsum(lengths + 16)[:-1]]).astype(np.int64)
        with open(path, "rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _Shard(content, np.stack([starts, lengths], axis=1), tuple(name for _, name in examples))

    def example(self, row: int) -> bytes:
        start, length = self.places[row].tolist()
        return self.content[start : start + length]


def _feature(example: bytes, name: str) -> bytes:
    return records.protos().Example.FromString(example).features.feature[name].bytes_list.value[0]


def chosen(snapshot: Snapshot, split: str) -> list[ChosenImages]:
    """The admitted images of a split, by block, in the order of increments and shards; blocks without any left out.

    Raises ValueError if split is not a split's name, StorageError.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    names = {increment.increment_id: _shards(increment, split) for increment in snapshot.increments}
    labels = _labels(snapshot, split, {increment: len(found) for increment, found in names.items()})
    return [
        ChosenImages(ShardBlock(increment, split, name, snapshot.stored_side_px), labels[increment.increment_id, shard])
        for increment in snapshot.increments
        for shard, name in enumerate(names[increment.increment_id])
        if (increment.increment_id, shard) in labels
    ]


def _shards(increment: Increment, split: str) -> list[str]:
    """File names of the split's shards in order."""
    found = (info.uri.rsplit("/", 1)[-1] for info in storage.list_files(increment.uri))
    return sorted(name for name in found if name.startswith(f"{records.DATASET}-{split}."))


def _labels(snapshot: Snapshot, split: str, shards_of: dict[str, int]) -> dict[tuple[str, int], dict[str, int]]:
    """Increment and shard -> image id -> class, of every admitted image."""
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    classes = {label: number for number, label in enumerate(snapshot.labels)}
    for table in manifest.read_columns(snapshot.manifest_uri, ["status", "split", "increment", "id", "label"]):
        columns = [table[name].to_pylist() for name in ("status", "split", "increment", "id", "label")]
        for status, where, increment, image_id, label in zip(*columns, strict=True):
            if (status, where) == (manifest.ADMITTED, split) and shards_of.get(increment):
                shard = records.shard_of(image_id, shards_of[increment])
                found[increment, shard][image_id] = classes[label]
    return dict(found)


@functools.cache
def _decoder(stored_side_px: int, side_px: int) -> Callable[[list[bytes]], Any]:
    """Encoded images -> uint8 (n, side_px, side_px, 3), by TensorFlow, whichever backend Keras has."""
    import keras
    import tensorflow as tf

    from tuning import pixels

    if keras.backend.backend() != "tensorflow":
        tf.config.set_visible_devices([], "GPU")  # or it would take the memory of the backend that computes

    def one(content: tf.Tensor) -> tf.Tensor:
        image = tf.ensure_shape(pixels.decode(content), (stored_side_px, stored_side_px, 3))
        return pixels.resize(image, side_px)

    shape = tf.TensorSpec((side_px, side_px, 3), tf.uint8)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def decode(contents: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU"):
            return tf.map_fn(one, contents, fn_output_signature=shape, parallel_iterations=32)

    return decode
