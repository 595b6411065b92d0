"""What a listing shows of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileInfo:
    """A file as a listing shows it, without opening it."""

    uri: str
    size: int  # bytes
    version: str  # changes whenever the content may have changed: mtime in ns, or the object's generation
    checksum: str = ""  # MD5 of the content, hexadecimal, if the listing tells it (not of composed objects)
    is_linked_folder: bool = False  # a local link to a folder; listings name it at most
