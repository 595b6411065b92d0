"""The one module that opens local and gs:// paths.

A uri is a local path or gs://bucket/name. Every write is seen whole or not at all: local files are written beside
their place and renamed, objects become visible when their upload ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import PointerMovedError, StorageError

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Client

GCS = "gs://"


@dataclass(frozen=True)
class FileInfo:
    """A file as a listing shows it, without opening it."""

    uri: str
    size: int  # bytes
    version: str  # changes whenever the content may have changed: mtime in ns, or the object's generation


def is_remote(uri: str) -> bool:
    """Whether uri lies in a bucket."""
    return uri.startswith(GCS)


def join(root: str, *parts: str) -> str:
    """A uri below root."""
    return "/".join([root.rstrip("/"), *(part.strip("/") for part in parts)])


def absolute(uri: str) -> str:
    """The same place named independently of the working directory."""
    return uri if is_remote(uri) else str(Path(uri).expanduser().resolve())


def exists(uri: str) -> bool:
    """Whether a file (not a folder) is there."""
    with _explained(uri):
        return bool(_blob(uri).exists()) if is_remote(uri) else Path(uri).is_file()


def read_bytes(uri: str) -> bytes:
    """The whole file. Raises StorageError if it is not there or cannot be read."""
    with _explained(uri):
        return bytes(_blob(uri).download_as_bytes()) if is_remote(uri) else Path(uri).read_bytes()


def read_text(uri: str) -> str:
    """The whole file as UTF-8."""
    return read_bytes(uri).decode("utf-8")


def write_bytes(uri: str, data: bytes) -> None:
    """Write a whole file, replacing what was there. Raises StorageError if the place refuses."""
    with _explained(uri):
        if is_remote(uri):
            _blob(uri).upload_from_string(data)
            return
        beside = _write_beside(uri, data)
        os.replace(beside, uri)


def write_text(uri: str, text: str) -> None:
    """Write a whole file as UTF-8."""
    write_bytes(uri, text.encode("utf-8"))


def create(uri: str, data: bytes) -> bool:
    """Write a file that must not exist yet; False, and nothing changed, if it does."""
    with _explained(uri):
        if is_remote(uri):
            return _upload_if(uri, data, generation=0)
        beside = _write_beside(uri, data)
        try:
            os.link(beside, uri)  # unlike rename, fails when the name is taken
        except FileExistsError:
            return False
        finally:
            os.unlink(beside)
        return True


def read_versioned(uri: str) -> tuple[bytes | None, str]:
    """A pointer's content and the version to give to swap; (None, "") if there is none yet."""
    with _explained(uri):
        if is_remote(uri):
            blob = _bucket(uri).get_blob(_name(uri))
            if blob is None:
                return None, ""
            return bytes(blob.download_as_bytes(if_generation_match=blob.generation)), str(blob.generation)
        if not Path(uri).exists():
            return None, ""
        data = Path(uri).read_bytes()
        return data, _content_version(data)


def swap(uri: str, data: bytes, version: str) -> None:
    """Replace a pointer that still has the version that was read; "" means that it must not exist.

    Raises PointerMovedError if someone else was faster; nothing is changed then.
    """
    with _explained(uri):
        if is_remote(uri):
            if not _upload_if(uri, data, generation=int(version or 0)):
                raise PointerMovedError(f"{uri} was changed by someone else; read it again and decide anew.")
            return
        with _locked(uri):
            now = _content_version(Path(uri).read_bytes()) if Path(uri).exists() else ""
            if now != version:
                raise PointerMovedError(f"{uri} was changed by someone else; read it again and decide anew.")
            write_bytes(uri, data)


def list_files(root: str) -> Iterator[FileInfo]:
    """Every file below root, in order of name, opening none. Folders and broken links are passed over."""
    with _explained(root):
        if is_remote(root):
            prefix = _name(root).rstrip("/")
            for blob in _bucket(root).list_blobs(prefix=f"{prefix}/" if prefix else None):
                if not blob.name.endswith("/"):
                    yield FileInfo(f"{GCS}{blob.bucket.name}/{blob.name}", blob.size, str(blob.generation))
            return
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    stat = os.stat(path)
                    yield FileInfo(path, stat.st_size, str(stat.st_mtime_ns))


def copy_folder(source: str, target: str) -> None:
    """Copy every file below source to below target. Not atomic: publish with a mark that is written last."""
    source = source.rstrip("/")
    for info in list_files(source):
        relative = info.uri[len(source) :]
        if is_remote(source) or is_remote(target):
            write_bytes(join(target, relative), read_bytes(info.uri))
        else:
            with _explained(target):
                Path(join(target, relative)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(info.uri, join(target, relative))


def remove_folder(uri: str) -> None:
    """Remove everything below uri; nothing there is not an error."""
    with _explained(uri):
        if is_remote(uri):
            for info in list_files(uri):
                _blob(info.uri).delete()
        else:
            shutil.rmtree(uri, ignore_errors=True)


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
    probe = join(root, ".writable")
    write_bytes(probe, b"")
    with _explained(root):
        if is_remote(probe):
            _blob(probe).delete()
        else:
            os.unlink(probe)


def _write_beside(uri: str, data: bytes) -> str:
    folder = os.path.dirname(uri) or "."
    os.makedirs(folder, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".writing-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
    except BaseException:
        os.unlink(beside)
        raise
    return beside


@contextmanager
def _locked(uri: str) -> Iterator[None]:
    import fcntl

    Path(uri).parent.mkdir(parents=True, exist_ok=True)
    with open(f"{uri}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _content_version(data: bytes) -> str:
    from components import digest

    return digest.of_bytes(data)


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn the system's errors into ours: what, where, and what to do next."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{error.filename or uri} does not exist.") from error
    except PermissionError as error:
        raise StorageError(f"No permission for {error.filename or uri}. Check its owner and mode.") from error
    except OSError as error:
        raise StorageError(f"{error.filename or uri}: {error.strerror or error}.") from error
    except Exception as error:  # google-api-core's errors have no common local base without importing it
        if is_remote(uri) and type(error).__module__.startswith("google."):
            raise StorageError(f"{uri}: {error}. Check the bucket's name and your credentials.") from error
        raise


def _client() -> Client:
    """A client of the bucket service; STORAGE_EMULATOR_HOST is honoured, without credentials."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage as gcs

    if os.environ.get("STORAGE_EMULATOR_HOST"):
        return gcs.Client(project="local", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    return gcs.Client()


_clients: dict[int, Client] = {}


def _bucket(uri: str):  # type: ignore[no-untyped-def]  # google-cloud-storage has no types
    pid = os.getpid()  # a client must not cross a fork
    if pid not in _clients:
        _clients[pid] = _client()
    return _clients[pid].bucket(uri[len(GCS) :].split("/", 1)[0])


def _name(uri: str) -> str:
    return uri[len(GCS) :].partition("/")[2]


def _blob(uri: str) -> Blob:
    return _bucket(uri).blob(_name(uri))


def _upload_if(uri: str, data: bytes, generation: int) -> bool:
    from google.api_core.exceptions import PreconditionFailed

    blob = _blob(uri)
    try:
        blob.upload_from_string(data, if_generation_match=generation)
    except PreconditionFailed:
        # A retry after a lost reply fails against our own write: it is ours if the content is.
        return bool(blob.exists()) and blob.download_as_bytes() == data and generation != 0
    return True
