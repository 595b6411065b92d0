"""What memory need not hold: folders file by file, files piece by piece. Local paths and gs:// as in the package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from components.storage import bucket, disk, is_remote
from components.storage.fileinfo import FileInfo
from components.storage.reasons import explained


def scan(root: str, passing_over: bool = False) -> Iterator[FileInfo]:
    """Every file below root in no order, and every link to a folder, which is not entered; one at a time.

    Broken links are left out. Raises StorageError if a folder cannot be listed, unless it is to be passed over.
    """
    with explained(root):
        yield from bucket.list_files(root) if is_remote(root) else disk.scan(root, passing_over)


@contextmanager
def reading(uri: str) -> Iterator[BinaryIO]:
    """A file that is read piece by piece, all of them of one version. Raises StorageError."""
    with explained(uri), bucket.open_read(uri) if is_remote(uri) else disk.open_read(uri) as file:
        yield file


def write_lines(uri: str, lines: Iterable[str]) -> None:
    """Write a file of lines as UTF-8, each ended by a newline; it is seen when the last one is there."""
    pieces = (f"{line}\n".encode() for line in lines)
    with explained(uri):
        if is_remote(uri):
            bucket.write_pieces(uri, pieces)
        else:
            disk.write_pieces(uri, pieces)
