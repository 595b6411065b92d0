"""The one place that opens local and gs:// paths: disk.py and bucket.py behind one set of functions.

A uri is a local path or gs://bucket/name. Every write is seen whole or not at all: local files are written beside
their place and renamed, objects become visible when their upload ends. Every act may be repeated: a request whose
reply was lost is sent again, and the second one changes nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from components.errors import PointerMovedError
from components.storage import bucket, disk
from components.storage.fileinfo import FileInfo
from components.storage.reasons import explained

DATASET = "tfds:"  # the address of a public dataset begins with it

__all__ = [
    "DATASET",
    "FileInfo",
    "absolute",
    "copy_folder",
    "create",
    "ensure_writable",
    "exists",
    "is_remote",
    "join",
    "list_files",
    "local_folder",
    "read_bytes",
    "read_range",
    "read_text",
    "read_versioned",
    "remove",
    "remove_folder",
    "sha256",
    "swap",
    "write_bytes",
    "write_text",
]


def is_remote(uri: str) -> bool:
    """Whether uri lies in a bucket."""
    return uri.startswith(bucket.GCS)


def join(root: str, *parts: str) -> str:
    """A uri below root."""
    return "/".join([root.rstrip("/"), *(part.strip("/") for part in parts)])


def absolute(uri: str) -> str:
    """The same place named independently of the working directory; `tfds:<name>` names no place and stays as it is."""
    return uri if is_remote(uri) or uri.startswith(DATASET) else str(Path(uri).expanduser().resolve())


def sha256(path: str) -> str:
    """SHA-256 of a local file, hexadecimal, read piece by piece."""
    with explained(path):
        return disk.sha256(path)


def exists(uri: str) -> bool:
    """Whether a file (not a folder) is there."""
    with explained(uri):
        return bool(_at(uri).exists(uri))


def read_bytes(uri: str) -> bytes:
    """The whole file. Raises StorageError if it is not there or cannot be read."""
    with explained(uri):
        return bytes(_at(uri).read(uri))


def read_range(uri: str, start: int, length: int) -> bytes:
    """So many bytes from start on; fewer at the end of the file. Raises StorageError as read_bytes does."""
    with explained(uri):
        return bytes(_at(uri).read_range(uri, start, length))


def read_text(uri: str) -> str:
    """The whole file as UTF-8."""
    return read_bytes(uri).decode("utf-8")


def write_bytes(uri: str, data: bytes) -> None:
    """Write a whole file, replacing what was there. Raises StorageError if the place refuses."""
    with explained(uri):
        _at(uri).write(uri, data)


def write_text(uri: str, text: str) -> None:
    """Write a whole file as UTF-8."""
    write_bytes(uri, text.encode("utf-8"))


def create(uri: str, data: bytes) -> bool:
    """Write a file that must not exist yet; False, and nothing changed, if it does."""
    with explained(uri):
        return bool(_at(uri).create(uri, data))


def read_versioned(uri: str) -> tuple[bytes | None, str]:
    """A pointer's content and the version to give to swap; (None, "") if there is none yet."""
    with explained(uri):
        data, version = _at(uri).read_versioned(uri)
    return data, version


def swap(uri: str, data: bytes, version: str) -> None:
    """Replace a pointer that still has the version that was read; "" means that it must not exist.

    Raises PointerMovedError if someone else was faster; nothing is changed then.
    """
    with explained(uri):
        if not _at(uri).swap(uri, data, version):
            raise PointerMovedError(f"{uri} was changed by someone else; read it again and decide anew.")


def list_files(root: str) -> Iterator[FileInfo]:
    """Every file below root, in order of name, opening none. Folders and broken links are passed over."""
    with explained(root):
        yield from _at(root).list_files(root)


def copy_folder(source: str, target: str) -> None:
    """Copy every file below source to below target. Not atomic: publish with a mark that is written last."""
    source = source.rstrip("/")
    for info in list_files(source):
        place = join(target, info.uri[len(source) :])
        if is_remote(source) or is_remote(target):
            write_bytes(place, read_bytes(info.uri))
        else:
            with explained(target):
                disk.copy(info.uri, place)


def remove(uri: str) -> None:
    """Remove one file; nothing there is not an error."""
    with explained(uri):
        _at(uri).remove(uri)


def remove_folder(uri: str) -> None:
    """Remove everything below uri; nothing there is not an error."""
    with explained(uri):
        _at(uri).remove_folder(uri)


@contextmanager
def local_folder(uri: str) -> Iterator[str]:
    """A local copy of a folder to read from; the folder itself if it is local already."""
    if not is_remote(uri):
        yield uri
        return
    with tempfile.TemporaryDirectory() as folder:
        copy_folder(uri, folder)
        yield folder


def ensure_writable(root: str) -> None:
    """Raise StorageError if nothing can be written below root; said now, not after an hour of work."""
    # A name of its own: two runs that start together must not remove each other's probe.
    probe = join(root, f".writable-{os.getpid()}-{os.urandom(4).hex()}")
    write_bytes(probe, b"")
    remove(probe)


def _at(uri: str) -> ModuleType:
    return bucket if is_remote(uri) else disk
