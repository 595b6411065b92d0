"""Local files. A path's version is the digest of its content; swapping is guarded by a lock beside the file."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from components import digest
from components.storage.fileinfo import FileInfo


def exists(path: str) -> bool:
    """Whether a file is there."""
    return Path(path).is_file()


def read(path: str) -> bytes:
    """The whole file."""
    return Path(path).read_bytes()


def read_range(path: str, start: int, length: int) -> bytes:
    """A part of the file."""
    with open(path, "rb") as file:
        file.seek(start)
        return file.read(length)


def open_read(path: str) -> BinaryIO:
    """A file to read from; one that replaces it meanwhile is not seen."""
    return open(path, "rb")


def write(path: str, data: bytes) -> None:
    """Replace a whole file at once."""
    write_pieces(path, [data])


def write_pieces(path: str, pieces: Iterable[bytes]) -> None:
    """Replace a whole file at once by what comes in pieces."""
    os.replace(_write_beside(path, pieces), path)


def create(path: str, data: bytes) -> bool:
    """Write a new file; False if the name is taken."""
    beside = _write_beside(path, [data])
    try:
        os.link(beside, path)  # unlike rename, fails when the name is taken
    except FileExistsError:
        return False
    finally:
        os.unlink(beside)
    return True


def read_versioned(path: str) -> tuple[bytes | None, str]:
    """Content and version; (None, "") if there is no file."""
    if not Path(path).exists():
        return None, ""
    data = Path(path).read_bytes()
    return data, digest.of_bytes(data)


def swap(path: str, data: bytes, version: str) -> bool:
    """Replace the file if it still has this version; False if it has another."""
    with _locked(path):
        if read_versioned(path)[1] != version:
            return False
        write(path, data)
        return True


def list_files(root: str) -> Iterator[FileInfo]:
    """Every file below root, folder by folder, in order of name."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                stat = os.stat(path)
                yield FileInfo(path, stat.st_size, str(stat.st_mtime_ns))


def scan(root: str, passing_over: bool) -> Iterator[FileInfo]:
    """Every file below root and every link to a folder in no order; as many folders are open as lie in one another.

    passing_over: whether a folder that cannot be listed is left out instead of raising OSError.
    """
    try:
        items = os.scandir(root)
    except OSError:
        if passing_over:
            return
        raise
    with items:
        for item in items:
            if item.is_dir(follow_symlinks=False):
                yield from scan(item.path, passing_over)
            elif os.path.isfile(item.path):  # the item itself raises where a link leads to a closed folder
                stat = os.stat(item.path)
                yield FileInfo(item.path, stat.st_size, str(stat.st_mtime_ns))
            elif os.path.isdir(item.path):
                yield FileInfo(item.path, 0, "", is_linked_folder=True)


def copy(source: str, target: str) -> None:
    """Copy one file with its time."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def remove(path: str) -> None:
    """Remove one file, if it is there."""
    Path(path).unlink(missing_ok=True)


def sha256(path: str) -> str:
    """SHA-256 of one file, hexadecimal, in pieces of 1 MiB."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(2**20):
            total.update(piece)
    return total.hexdigest()


def remove_folder(path: str) -> None:
    """Remove a folder with all that is in it, if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def _write_beside(path: str, pieces: Iterable[bytes]) -> str:
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".writing-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
    except BaseException:
        os.unlink(beside)
        raise
    return beside


@contextmanager
def _locked(path: str) -> Iterator[None]:
    import fcntl

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
