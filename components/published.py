"""Results that are named by the content they were computed from, so that nothing is computed twice.

A step's key is the digest of everything that decides its result. The pointer file at the key's place is the mark:
it is written last, and readers believe only it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from components import digest, storage
from components.artifacts import Pointer
from components.containers import TAG

Kind = TypeVar("Kind", bound=Pointer)


def key(**decides: Any) -> str:
    """The name of a result: the digest of what decides it and of the code's version."""
    return digest.of_json({"code": TAG, **decides})


def find(kind: type[Kind], uri: str) -> Kind | None:
    """The pointer that was published at uri, or None. Raises StorageError if the place cannot be read."""
    return kind.model_validate_json(storage.read_bytes(uri)) if storage.exists(uri) else None


def once(kind: type[Kind], uri: str, make: Callable[[], Kind]) -> tuple[Kind, bool]:
    """The pointer at uri, and whether it was there already; if not, what make returns is published.

    If another run publishes the same result meanwhile, that one is returned, even if make fails: whoever is first
    removes what others have begun.
    """
    found = find(kind, uri)
    if found is not None:
        return found, True
    try:
        return publish(make(), uri), False
    except Exception:
        found = find(kind, uri)
        if found is None:
            raise
        traceback.print_exc()
        print(f"Another run has published the same result meanwhile, which is taken: {uri}", flush=True)
        return found, True


def publish(pointer: Kind, uri: str) -> Kind:
    """Make a result visible: call this after all that the pointer names has been written.

    Returns the pointer that is at uri from now on: of runs that compute the same result at once, the first one's stays,
    for others may have read it. What this pointer names must therefore lie where nobody else writes.
    """
    created = storage.create(uri, (pointer.model_dump_json(indent=2) + "\n").encode())
    return pointer if created else type(pointer).model_validate_json(storage.read_bytes(uri))


def remove_others(folder: str, kept: Collection[str], prefix: str = "") -> None:
    """Remove what no pointer names: the folders in folder, of names that begin so, whose uris are not among kept.

    Killed runs left them, or slower ones work in them, which take what was published: see once.
    """
    names = {info.uri[len(folder) + 1 :].split("/", 1)[0] for info in storage.list_files(folder)}
    for name in names:
        if name.startswith(prefix) and storage.join(folder, name) not in kept:
            storage.remove_folder(storage.join(folder, name))
