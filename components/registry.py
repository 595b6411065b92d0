"""The models that were promoted, and the pointer to the one that is served.

    <data root>/registry/versions/000001/{model.keras, saved_model/, version.json}   version.json is written last
    <data root>/registry/champion.json                                               moved last, by compare-and-swap

Numbers grow by one with each promotion. A push that was killed and started again finds its own claim and goes on
with the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TypeVar

from pydantic import ValidationError

from components import storage
from components.artifacts import Champion, How, RegisteredModel, Reign, TrainedModel
from components.errors import BrandlensError, PointerMovedError, StorageError

ATTEMPTS = 5
Kind = TypeVar("Kind", bound=RegisteredModel)


class StaleVerdictError(BrandlensError):
    """The gate compared with a model that is no longer the champion."""


def champion(data_root: str) -> RegisteredModel | None:
    """The model that is served, or None before the first promotion. Raises StorageError if it cannot be read."""
    now, _ = served(data_root)
    return RegisteredModel(**now.model_dump(exclude={"reigns"})) if now else None


def served(data_root: str) -> tuple[Champion | None, str]:
    """The pointer's whole content, and what enthrone must be given to replace just this."""
    uri = _champion_uri(data_root)
    data, seen = storage.read_versioned(uri)
    now = None if data is None else _parse(Champion, data, data_root, uri)
    if now and not now.reigns:  # written before reigns were kept
        reign = Reign(version=now.version, model_id=now.model_id, since=now.registered_at, how="promoted")
        now = now.model_copy(update={"reigns": (reign,)})
    return now, seen


def versions(data_root: str) -> list[RegisteredModel]:
    """Every registered version in order of number; what a push is still copying is not among them."""
    return list(_published(data_root))


def register(data_root: str, model: TrainedModel, balanced_accuracy: float | None = None) -> RegisteredModel:
    """Copy a model into the registry under the next number; the same model again gives the same version.

    balanced_accuracy: on the test split, in [0, 1], kept beside the model.
    Raises StorageError if the model's files or the registry cannot be read or written.
    """
    for known in _published(data_root):
        if known.model_id == model.model_id:
            return known
    number = _claim(data_root, model.model_id)
    record = RegisteredModel(
        **model.model_dump(exclude={"uri", "history", "seconds", "cpu_s"}),
        version=number,
        uri=_version_uri(data_root, number),
        registered_at=_now(),
        test_balanced_accuracy=balanced_accuracy,
    )
    storage.copy_folder(model.uri, record.uri)
    storage.write_text(storage.join(record.uri, "version.json"), record.model_dump_json(indent=2) + "\n")
    return record


def crown(data_root: str, candidate: RegisteredModel, instead_of: str | None) -> None:
    """Let the champion pointer name candidate, if it still names instead_of (a model id; None: no champion).

    Once more for the same candidate changes nothing. Raises StaleVerdictError if another model was promoted
    meanwhile, StorageError if the pointer cannot be read or written.
    """
    for _ in range(ATTEMPTS):
        now, seen = served(data_root)
        if now is not None and now.model_id == candidate.model_id:
            return
        _check_still(instead_of, now, candidate)
        try:
            enthrone(data_root, candidate, "promoted", now, seen)
        except PointerMovedError:
            continue  # read again: the new champion may be the candidate itself, promoted by a twin of this push
        return
    raise PointerMovedError(f"{_champion_uri(data_root)} was changed by others {ATTEMPTS} times in a row. Run again.")


def enthrone(data_root: str, candidate: RegisteredModel, how: How, now: Champion | None, seen: str) -> None:
    """Replace the champion that served returned, and note who came after whom. Raises PointerMovedError."""
    reign = Reign(version=candidate.version, model_id=candidate.model_id, since=_now(), how=how)
    champion = Champion(**candidate.model_dump(), reigns=(*(now.reigns if now else ()), reign))
    storage.swap(_champion_uri(data_root), champion.model_dump_json(indent=2).encode() + b"\n", seen)


def _check_still(instead_of: str | None, now: RegisteredModel | None, candidate: RegisteredModel) -> None:
    current = now.model_id if now else None
    if current != instead_of:
        raise StaleVerdictError(
            f"The gate compared {candidate.model_id} with {_called(instead_of)}, but the champion is now "
            f"{_called(current)}. Run again: it will be compared with that one."
        )


def _called(model_id: str | None) -> str:
    return f"model {model_id}" if model_id else "no champion"


def _claim(data_root: str, model_id: str) -> int:
    """The number that belongs to this model from now on; claims are files that only one writer can create."""
    number = 1
    while True:
        uri = storage.join(_version_uri(data_root, number), "claim")
        if storage.create(uri, model_id.encode()) or storage.read_bytes(uri) == model_id.encode():
            return number
        number += 1


def _published(data_root: str) -> Iterator[RegisteredModel]:
    root = storage.join(data_root, "registry", "versions")
    for info in storage.list_files(root):
        if info.uri.endswith("/version.json") and info.uri[len(root) :].count("/") == 2:
            yield _parse(RegisteredModel, storage.read_bytes(info.uri), data_root, info.uri)


def _parse(kind: type[Kind], data: bytes, data_root: str, uri: str) -> Kind:
    try:
        record = kind.model_validate_json(data)
    except ValidationError as error:
        raise StorageError(f"{uri} is damaged ({error.error_count()} findings). Restore it from a backup.") from error
    # A data root that was moved or copied as a whole keeps working.
    return record.model_copy(update={"uri": _version_uri(data_root, record.version)})


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _champion_uri(data_root: str) -> str:
    return storage.join(data_root, "registry", "champion.json")


def _version_uri(data_root: str, number: int) -> str:
    return storage.join(data_root, "registry", "versions", f"{number:06d}")
