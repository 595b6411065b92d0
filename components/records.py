"""Stored images as TFRecord files under TFDS names, written and read without TensorFlow.

A shard's place follows from an image's id, so that a few images are found without reading all of them.
Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

from __future__ import annotations

import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from components import manifest, storage
from components.artifacts import Snapshot
from components.errors import StorageError

DATASET = "images"  # the name under which TFDS knows every increment
_importing = threading.Lock()


def shard_of(image_id: str, shards: int) -> int:
    """The shard that holds an image: in [0, shards), uniform over ids."""
    return int(image_id[:15], 16) % shards


def file_name(split: str, shard: int, shards: int) -> str:
    """TFDS's name of a shard."""
    return f"{DATASET}-{split}.tfrecord-{shard:05d}-of-{shards:05d}"


def encode(row: manifest.Row, label: int, image: bytes) -> bytes:
    """A framed tf.train.Example of one stored image. label: index in the label map."""
    example = protos().Example()
    feature = example.features.feature
    feature["image"].bytes_list.value.append(image)
    feature["label"].int64_list.value.append(label)
    for name, text in {"id": row.id, "source": row.source, "group": row.group, "uri": row.uri}.items():
        feature[name].bytes_list.value.append(text.encode())
    return _frame(example.SerializeToString(deterministic=True))


def read_examples(uri: str) -> Iterator[bytes]:
    """The serialised tf.train.Examples of a TFRecord file, in order. Raises StorageError if it is damaged."""
    return _unframe(storage.read_bytes(uri), uri)


def read_images(snapshot: Snapshot, ids: Collection[str]) -> dict[str, bytes]:
    """The stored JPEG or PNG files of some of a snapshot's images, by id; ids it does not admit are left out.

    Raises StorageError if a shard cannot be read or is damaged.
    """
    wanted = set(ids)
    rows = [
        row for row in manifest.read_rows(snapshot.manifest_uri) if row.status == manifest.ADMITTED and row.id in wanted
    ]
    places = {increment.increment_id: _shards(increment.uri) for increment in snapshot.increments}
    by_file: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        shards = places[row.increment][row.split]
        by_file[shards[shard_of(row.id, len(shards))]].add(row.id)
    return {found: image for uri, inside in by_file.items() for found, image in _images(uri) if found in inside}


def is_shard(name: str) -> bool:
    """Whether a file of this name in an increment holds records."""
    return name.startswith(f"{DATASET}-") and ".tfrecord-" in name


def split_of(name: str) -> str:
    """The split of a shard's file name."""
    return name.removeprefix(f"{DATASET}-").split(".", 1)[0]


def places(increment_uri: str, ids: Collection[str]) -> list[str]:
    """The shards in which an increment would hold these images, in order of name."""
    shards = _shards(increment_uri).values()
    return sorted({names[shard_of(name, len(names))] for names in shards for name in ids})


def held(increment_uri: str, ids: Collection[str]) -> set[str]:
    """Which of these images an increment holds a record of. Only the shards in which they would lie are read."""
    return {found for uri in places(increment_uri, ids) for found, _ in _images(uri) if found in ids}


def without(uri: str, ids: Collection[str]) -> tuple[bytes, int, Counter[int]]:
    """A shard's content without some images, how many are left, and class -> how many were left out."""
    example_of = protos().Example.FromString
    kept, gone = [], Counter[int]()
    for content in read_examples(uri):
        feature = example_of(content).features.feature
        if feature["id"].bytes_list.value[0].decode() in ids:
            gone[feature["label"].int64_list.value[0]] += 1
        else:
            kept.append(_frame(content))
    return b"".join(kept), len(kept), gone


def _shards(increment_uri: str) -> dict[str, list[str]]:
    """Split -> its shards' uris in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for info in storage.list_files(increment_uri):
        name = info.uri.rsplit("/", 1)[-1]
        if is_shard(name):
            found[split_of(name)].append(info.uri)
    return found


def protos() -> Any:
    """TFDS's messages. Its modules wait for one another when two threads import them first, and then for ever."""
    with _importing:
        from tensorflow_datasets.proto import tf_example_pb2
    return tf_example_pb2


def _images(uri: str) -> Iterator[tuple[str, bytes]]:
    example_of = protos().Example.FromString
    for content in _unframe(storage.read_bytes(uri), uri):
        feature = example_of(content).features.feature
        yield feature["id"].bytes_list.value[0].decode(), feature["image"].bytes_list.value[0]


def _frame(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return b"".join([length, _checksum(length), content, _checksum(content)])


def _unframe(data: bytes, uri: str) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (length,) = struct.unpack("<Q", data[at : at + 8].ljust(8, b"\0"))
        content = data[at + 12 : at + 12 + length]
        if data[at + 12 + length : at + 16 + length] != _checksum(content):
            raise StorageError(f"{uri} is damaged at byte {at}. Remove the data root's snapshots and run again.")
        yield content
        at += 16 + length


def _checksum(data: bytes) -> bytes:
    """Masked CRC-32C, as the format asks."""
    import google_crc32c

    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
