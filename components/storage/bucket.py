"""Objects in Google Cloud Storage. An object's version is its generation.

The client library sends a request again when the service is unavailable, the connection breaks or the reply is lost,
for up to two minutes. STORAGE_EMULATOR_HOST is honoured, without credentials.
"""

from __future__ import annotations

import base64
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from components.storage.fileinfo import FileInfo

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Client

GCS = "gs://"
PIECE = 8 * 2**20  # bytes of a large object that are read at once
_clients: dict[tuple[int, str], Client] = {}


def exists(uri: str) -> bool:
    """Whether an object is there."""
    return bool(_blob(uri).exists())


def read(uri: str) -> bytes:
    """The whole object; a connection that is cut goes on with the same generation where it stopped."""
    return bytes(_blob(uri).download_as_bytes())


def read_range(uri: str, start: int, length: int) -> bytes:
    """A part of the object, by one request; the service refuses a range that begins behind the end."""
    return bytes(_blob(uri).download_as_bytes(start=start, end=start + length - 1)) if length else b""


def open_read(uri: str) -> BinaryIO:
    """An object to read from by requests of PIECE bytes; reading fails once another one has replaced it."""
    found = _blob(uri)
    found.reload()
    reader: BinaryIO = found.bucket.blob(found.name, generation=found.generation).open("rb", chunk_size=PIECE)
    return reader


def write_pieces(uri: str, pieces: Iterable[bytes]) -> None:
    """Replace an object by what comes in pieces; they wait on this machine's disk for the last one."""
    with tempfile.TemporaryFile() as file:
        file.writelines(pieces)
        _blob(uri).upload_from_file(file, rewind=True)


def write(uri: str, data: bytes) -> None:
    """Replace an object; readers see the old one until the upload has ended."""
    _blob(uri).upload_from_string(data)


def create(uri: str, data: bytes) -> bool:
    """Write a new object; False if the name is taken."""
    return _upload_if(uri, data, generation=0)


def read_versioned(uri: str) -> tuple[bytes | None, str]:
    """Content and generation of one request, so that they belong together; (None, "") if there is no object."""
    from google.api_core.exceptions import NotFound

    blob = _blob(uri)
    try:
        data = bytes(blob.download_as_bytes())
    except NotFound:
        return None, ""
    return data, str(blob.generation)


def swap(uri: str, data: bytes, version: str) -> bool:
    """Replace the object if it still has this generation; False if it has another."""
    return _upload_if(uri, data, generation=int(version or 0))


def list_files(root: str) -> Iterator[FileInfo]:
    """Every object below root in order of name, page by page."""
    prefix = _name(root).rstrip("/")
    for blob in _bucket(root).list_blobs(prefix=f"{prefix}/" if prefix else None):
        if not blob.name.endswith("/"):  # consoles make empty objects of this name to show a folder
            md5 = base64.b64decode(blob.md5_hash or "").hex()
            yield FileInfo(f"{GCS}{blob.bucket.name}/{blob.name}", blob.size, str(blob.generation), md5)


def remove(uri: str) -> None:
    """Remove an object, unless it is gone already: the reply to a removal may have been lost."""
    from google.api_core.exceptions import NotFound

    try:
        _blob(uri).delete()
    except NotFound:
        return


def remove_folder(uri: str) -> None:
    """Remove every object below uri."""
    for info in list_files(uri):
        remove(info.uri)


def _upload_if(uri: str, data: bytes, generation: int) -> bool:
    from google.api_core.exceptions import PreconditionFailed

    blob = _blob(uri)
    mark = {"writer": uuid.uuid4().hex}
    blob.metadata = mark
    try:
        blob.upload_from_string(data, if_generation_match=generation)
    except PreconditionFailed:
        # After a lost reply the library sends again, and that request finds the first one's object: it bears our mark.
        there = blob.bucket.get_blob(blob.name)
        return there is not None and there.metadata == mark
    return True


def _bucket(uri: str):  # type: ignore[no-untyped-def]  # google-cloud-storage has no types
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    key = os.getpid(), emulator  # a client must not cross a fork
    if key not in _clients:
        _clients[key] = _client(emulator)
    return _clients[key].bucket(uri[len(GCS) :].split("/", 1)[0])


def _client(emulator: str) -> Client:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage as gcs

    if emulator:
        return gcs.Client(project="local", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    return gcs.Client()


def _name(uri: str) -> str:
    return uri[len(GCS) :].partition("/")[2]


def _blob(uri: str) -> Blob:
    return _bucket(uri).blob(_name(uri))
