"""Rows of a kind as Parquet: one file, or a folder of parts in order of path, so that nobody needs to hold them all.

A kind is a frozen dataclass whose fields are texts, whole numbers and numbers; its first one is the path.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from components import storage
from components.errors import StorageError

if TYPE_CHECKING:
    import pyarrow as pa

PART_ROWS = 16_384  # about 4 MB in a file and 30 MB as objects
BATCH_ROWS = 4_096  # rows that are made into objects at once
SUFFIX = ".parquet"  # a uri that ends so is one file, another one a folder of parts
Kind = TypeVar("Kind")


def schema(kind: type[Kind]) -> pa.Schema:
    """The Parquet columns of a kind: its fields."""
    import pyarrow as pa

    types = {"int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    columns = [pa.field(item.name, types[str(item.type)], nullable=False) for item in fields(kind)]  # type: ignore[arg-type]
    return pa.schema(columns)


def table(kind: type[Kind], items: Sequence[Kind]) -> pa.Table:
    """Items as columns, in their order."""
    import pyarrow as pa

    columns = schema(kind)
    arrays = [pa.array([getattr(item, name) for item in items], columns.field(name).type) for name in columns.names]
    return pa.Table.from_arrays(arrays, schema=columns)


def items(kind: type[Kind], rows: pa.Table) -> Iterator[Kind]:
    """Columns as items; what an older version did not write has its default."""
    names = rows.schema.names
    absent = {item.name: item.default for item in fields(kind) if item.name not in names}  # type: ignore[arg-type]
    for batch in rows.to_batches(max_chunksize=BATCH_ROWS):
        columns = [column.to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield made(kind, {**dict(zip(names, values, strict=True)), **absent})


def made(kind: type[Kind], values: dict[str, Any]) -> Kind:
    """An item with a value for each field, four times as fast as by its constructor, which sets them one by one."""
    item = object.__new__(kind)
    item.__dict__.update(values)
    return item


def pack(kind: type[Kind], found: Iterable[Kind]) -> bytes:
    """Items as few bytes, to travel between workers: also of a single one, where Arrow's own form takes 5 kB."""
    values = attrgetter(*_names(kind))
    return _packed([values(item) for item in found])


def unpack(kind: type[Kind], packed: bytes) -> list[Kind]:
    """What pack packed."""
    names = _names(kind)
    return [made(kind, dict(zip(names, values, strict=True))) for values in _unpacked(packed)]


def _names(kind: type[Kind]) -> list[str]:
    return [item.name for item in fields(kind)]  # type: ignore[arg-type]


def pack_table(rows: pa.Table) -> bytes:
    """A table of a kind's columns as the bytes that pack makes of its items."""
    return _packed(list(zip(*rows.to_pydict().values(), strict=True)))


def unpack_table(kind: type[Kind], packed: bytes) -> pa.Table:
    """What was packed, as a table of the kind's columns."""
    import pyarrow as pa

    columns = schema(kind)
    values = list(zip(*_unpacked(packed), strict=True)) or [()] * len(columns)
    return pa.table([pa.array(found, field.type) for found, field in zip(values, columns, strict=True)], schema=columns)


def _packed(values: list[Any]) -> bytes:
    return zlib.compress(json.dumps(values).encode(), level=1)


def _unpacked(packed: bytes) -> list[Any]:
    return json.loads(zlib.decompress(packed))


def write(uri: str, kind: type[Kind], found: Iterable[Kind]) -> None:
    """Write items, which are in order of path: one file if uri says so, else a folder of parts as they come."""
    if uri.endswith(SUFFIX):
        write_part(uri, kind, list(found))
        return
    waiting = iter(found)
    number = 0
    while (part := list(islice(waiting, PART_ROWS))) or number == 0:
        write_part(part_uri(uri, number), kind, part)
        number += 1


def write_part(uri: str, kind: type[Kind], found: Sequence[Kind]) -> None:
    """Write one file: equal items give equal bytes."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table(kind, found), file)
    storage.write_bytes(uri, file.getvalue())


def part_uri(folder: str, number: int) -> str:
    """Where a folder's part lies."""
    return storage.join(folder, f"part-{number:06d}{SUFFIX}")


def read(uri: str, kind: type[Kind]) -> Iterator[Kind]:
    """The items in their order, a batch in memory at a time. Raises StorageError, now, if they are not there."""
    return chain.from_iterable(items(kind, batch) for batch in read_tables(uri))


def read_tables(uri: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Some columns, or all, a batch of rows at a time. Raises StorageError, now, if they are not there."""
    files = [uri] if uri.endswith(SUFFIX) else [info.uri for info in storage.list_files(uri)]
    if not files:
        raise StorageError(f"{uri} holds no {SUFFIX} files; they were removed. Run the pipeline again.")
    first = storage.read_bytes(files[0])
    return _tables(chain([first], map(storage.read_bytes, files[1:])), columns)


def _tables(contents: Iterable[bytes], columns: Sequence[str] | None) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for content in contents:
        options: dict[str, Any] = {"columns": list(columns)} if columns else {}
        for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(BATCH_ROWS, **options):
            yield pa.Table.from_batches([batch])
