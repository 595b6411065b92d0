"""Datasets as TFDS knows them: found by name, prepared, and read as labels and encoded images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from components import records, storage
from components.errors import InputError, UnavailableError
from components.ingest.features import chosen, flat

FORM = "tfds:<name>[:<version>][:<split>][?image=<feature>&label=<feature>]"
_VERSION = re.compile(r"\d+\.\d+\.(\d+|\*)")
BLOCK = 256  # records that are read from an ArrayRecord file at once


@dataclass(frozen=True)
class Address:
    """What a raw address says of a dataset; "" where it says nothing."""

    name: str  # with its configuration: "oxford_iiit_pet/3.2.0" is written oxford_iiit_pet:3.2.0
    version: str = ""
    split: str = ""  # as TFDS writes it: train, train[:10%], train+test
    image: str = ""  # features, "/" between the parts of nested ones
    label: str = ""

    @classmethod
    def parse(cls, raw: str) -> Address:
        """Read `tfds:<name>[:<version>][:<split>][?image=..&label=..]`. Raises InputError."""
        path, _, query = raw.removeprefix(storage.DATASET).partition("?")
        name, _, rest = path.partition(":")
        first, _, others = rest.partition(":")
        version, split = (first, others) if _VERSION.fullmatch(first) else ("", rest)
        asked = dict(parse_qsl(query, keep_blank_values=True))
        unknown = sorted(asked.keys() - {"image", "label"})
        if not name or unknown or (query and not asked):
            raise InputError(f"{raw} is no address of a dataset. Write {FORM}, for example tfds:tf_flowers:train.")
        return cls(name, version, split, asked.get("image", ""), asked.get("label", ""))


@dataclass(frozen=True)
class Source:
    """A prepared dataset, ready to be read."""

    full_name: str  # with configuration and version
    split: str
    image: str
    label: str
    images: int  # examples of the split, also those without a label
    names: tuple[str, ...]  # of classes; () if the label is a text
    files: tuple[tuple[str, int, int], ...]  # uri, records to pass over, records to take
    is_array_record: bool

    def examples(self) -> Iterator[tuple[str, bytes]]:
        """Label and encoded image of each example in the order of the files; those without a label are left out."""
        example_of = records.protos().Example.FromString
        for uri, skip, take in self.files:
            for number, content in enumerate(self._records(uri, skip + take)):
                if number < skip:
                    continue
                feature = example_of(content).features.feature
                label = self._label(feature[self.label])
                if label:
                    yield label, feature[self.image].bytes_list.value[0]

    def _records(self, uri: str, stop: int) -> Iterator[bytes]:
        if not self.is_array_record:
            return (content for content, _ in zip(records.read_examples(uri), range(stop), strict=False))
        return _array_records(uri, stop)

    def _label(self, feature: Any) -> str:
        if not self.names:
            return str(feature.bytes_list.value[0].decode())
        number = feature.int64_list.value[0]
        return self.names[number] if number >= 0 else ""  # TFDS writes -1 where a test set has no labels


def find_builder(address: Address) -> Any:
    """What TFDS knows of a dataset, which need not be prepared for that. Raises InputError if it knows none."""
    import tensorflow_datasets as tfds

    name = f"{address.name}:{address.version}" if address.version else address.name
    try:
        return tfds.builder(name)
    except (tfds.core.DatasetNotFoundError, ValueError, AssertionError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise InputError(f"TFDS has no dataset {name}: {reason} See https://www.tensorflow.org/datasets.") from error


def open_source(builder: Any, address: Address) -> Source:
    """Open a dataset, prepared unless it is, as TFDS does: in $TFDS_DATA_DIR or ~/tensorflow_datasets.

    Raises InputError if there is no such split or feature, UnavailableError if it cannot be prepared.
    """
    _prepare(builder)
    info = builder.info
    kind = info.file_format.value
    if kind not in ("tfrecord", "array_record"):
        raise InputError(f"{info.full_name} is prepared as {kind}. Prepare it as tfrecord or array_record.")
    split = address.split or "+".join(info.splits)
    try:
        files = info.splits[split].file_instructions
    except (KeyError, ValueError, AssertionError) as error:
        has = ", ".join(info.splits)
        raise InputError(f"{info.full_name} has no split {split}; it has {has}.") from error
    image, label = chosen(info, address.image, address.label)
    return Source(
        info.full_name, split, image, label, info.splits[split].num_examples,
        tuple(getattr(flat(info.features)[label], "names", ())),
        tuple((str(item.filename), item.skip, item.take) for item in files), kind == "array_record",
    )  # fmt: skip


def _prepare(builder: Any) -> None:
    if builder.info.splits:
        return
    try:
        builder.download_and_prepare()
    except Exception as error:  # whatever a dataset's own code, the network or a missing TensorFlow raises
        raise UnavailableError(
            f"TFDS could not download and prepare {builder.info.full_name}: {type(error).__name__}: {error} Prepare it "
            f"once where there is a network and TensorFlow: `tfds build {builder.name}`, then give its folder as "
            "TFDS_DATA_DIR; or see docs/your-own-images.md for a data root that others share."
        ) from error


def _array_records(path: str, stop: int) -> Iterator[bytes]:
    from array_record.python.array_record_module import ArrayRecordReader

    reader = ArrayRecordReader(path)
    try:
        for start in range(0, stop, BLOCK):
            yield from reader.read(list(range(start, min(start + BLOCK, stop))))
    finally:
        reader.close()
