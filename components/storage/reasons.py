"""Turns the system's and the bucket service's errors into ours: what, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.errors import StorageError


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Raise StorageError for whatever goes wrong with uri within the block."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{error.filename or uri} does not exist.") from error
    except PermissionError as error:
        raise StorageError(f"No permission for {error.filename or uri}. Check its owner and mode.") from error
    except OSError as error:  # requests' errors are among them: no connection, cut in the middle, too slow
        raise StorageError(f"{error.filename or uri}: {error.strerror or error}.") from error
    except Exception as error:  # google-api-core's errors have no common local base without importing it
        if not type(error).__module__.startswith("google."):
            raise
        raise StorageError(_of_service(uri, error)) from error


def _of_service(uri: str, error: Exception) -> str:
    code = getattr(error, "code", None)
    if code == 404:
        return f"{uri} does not exist; if it should, check the bucket's name."
    if code in (401, 403):
        return f"No permission for {uri}. Give the run's account the role storage.objectUser on the bucket: {error}"
    if type(error).__module__.startswith("google.auth"):
        return f"No credentials for {uri}. Run `gcloud auth application-default login`, or set up the pod's: {error}"
    return f"{uri}: {error}. If the service was unavailable, run again."
