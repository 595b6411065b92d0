"""Brings more items into order than memory holds: sqlite, which is in Python, sorts them on this machine's disk.

Whatever the sources give (a disk's own order, a manifest's lines), what follows walks in order of name and needs one
item at a time. The temporary file lies in $TMPDIR and is gone when the walk ends.
"""

from __future__ import annotations

import pickle
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, TypeVar

from components.errors import StorageError

CACHE_KIB = 32 * 1024  # so much is sorted in memory; what is less never touches the disk
Item = TypeVar("Item")
First = TypeVar("First")
Second = TypeVar("Second")


def in_order(named: Iterable[tuple[str, Item]]) -> Iterator[tuple[str, Item]]:
    """Names with their items in order of name, as sorted() has it; of equal names in the order in which they came.

    named is read to its end before the first one is returned. Raises StorageError if the disk is full.
    """
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as table:  # a nameless database is a temporary file
            for setting in (f"cache_size = -{CACHE_KIB}", "journal_mode = OFF", "temp_store = FILE"):
                table.execute(f"PRAGMA {setting}")
            table.execute("CREATE TABLE items (name BLOB, item BLOB)")
            table.execute("BEGIN")
            table.executemany(
                "INSERT INTO items VALUES (?, ?)", ((_bytes(name), _packed(item)) for name, item in named)
            )
            for name, item in table.execute("SELECT name, item FROM items ORDER BY name, rowid"):
                yield name.decode(*_TEXT), pickle.loads(item)  # noqa: S301 (we packed it)
    except sqlite3.Error as error:
        raise StorageError(
            f"What was listed cannot be sorted in {tempfile.gettempdir()}: {error}. "
            "Give a larger disk as TMPDIR: a kilobyte for each image, two where a manifest names it."
        ) from error


def together(
    first: Iterable[tuple[str, First]], second: Iterable[tuple[str, Second]]
) -> Iterator[tuple[str, list[First], list[Second]]]:
    """Each name with its items of the first and of the second kind, in order of name.

    first is read to its end before second is begun. The items of one name are held at the same time.
    """
    tagged: Iterable[tuple[str, Any]] = chain(
        ((name, (0, item)) for name, item in first), ((name, (1, item)) for name, item in second)
    )
    for name, found in groupby(in_order(tagged), key=itemgetter(0)):
        sides: tuple[list[Any], list[Any]] = ([], [])
        for _, (side, item) in found:
            sides[side].append(item)
        yield name, *sides


_TEXT = ("utf-8", "surrogatepass")  # names of local files need not be Unicode; bytes then sort as code points do


def _bytes(name: str) -> bytes:
    return name.encode(*_TEXT)


def _packed(item: object) -> bytes:
    return pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
