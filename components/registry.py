"""The models that were promoted, and the pointer to the one that is served.

    <data root>/registry/versions/000001/{model.keras, saved_model/, version.json}   version.json is written last
    <data root>/registry/champion.json                                               moved last, by compare-and-swap

Numbers grow by one with each promotion. A push that was killed and started again finds its own claim and goes on
with the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from pydantic import ValidationError

from components import storage
from components.artifacts import RegisteredModel, TrainedModel
from components.errors import BrandlensError, PointerMovedError, StorageError

ATTEMPTS = 5


class StaleVerdictError(BrandlensError):
    """The gate compared with a model that is no longer the champion."""


def champion(data_root: str) -> RegisteredModel | None:
    """The model that is served, or None before the first promotion. Raises StorageError if it cannot be read."""
    data, _ = storage.read_versioned(_champion_uri(data_root))
    return None if data is None else _parse(data, data_root, _champion_uri(data_root))


def versions(data_root: str) -> list[RegisteredModel]:
    """Every registered version in order of number; what a push is still copying is not among them."""
    return list(_published(data_root))


def register(data_root: str, model: TrainedModel) -> RegisteredModel:
    """Copy a model into the registry under the next number; the same model again gives the same version.

    Raises StorageError if the model's files or the registry cannot be read or written.
    """
    for known in _published(data_root):
        if known.model_id == model.model_id:
            return known
    number = _claim(data_root, model.model_id)
    record = RegisteredModel(
        version=number,
        uri=_version_uri(data_root, number),
        registered_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        model_id=model.model_id,
        snapshot_id=model.snapshot_id,
        labels=model.labels,
        backbone=model.backbone,
        weights=model.weights,
        image_side_px=model.image_side_px,
        hyperparameters=model.hyperparameters,
    )
    storage.copy_folder(model.uri, record.uri)
    storage.write_text(storage.join(record.uri, "version.json"), record.model_dump_json(indent=2) + "\n")
    return record


def crown(data_root: str, candidate: RegisteredModel, instead_of: str | None) -> None:
    """Let the champion pointer name candidate, if it still names instead_of (a model id; None: no champion).

    Once more for the same candidate changes nothing. Raises StaleVerdictError if another model was promoted
    meanwhile, StorageError if the pointer cannot be read or written.
    """
    uri = _champion_uri(data_root)
    for _ in range(ATTEMPTS):
        data, seen = storage.read_versioned(uri)
        now = None if data is None else _parse(data, data_root, uri)
        if now is not None and now.model_id == candidate.model_id:
            return
        _check_still(instead_of, now, candidate)
        try:
            storage.swap(uri, candidate.model_dump_json(indent=2).encode() + b"\n", seen)
        except PointerMovedError:
            continue  # read again: the new champion may be the candidate itself, promoted by a twin of this push
        return
    raise PointerMovedError(f"{uri} was changed by others {ATTEMPTS} times in a row. Run again.")


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
            yield _parse(storage.read_bytes(info.uri), data_root, info.uri)


def _parse(data: bytes, data_root: str, uri: str) -> RegisteredModel:
    try:
        record = RegisteredModel.model_validate_json(data)
    except ValidationError as error:
        raise StorageError(f"{uri} is damaged ({error.error_count()} findings). Restore it from a backup.") from error
    # A data root that was moved or copied as a whole keeps working.
    return record.model_copy(update={"uri": _version_uri(data_root, record.version)})


def _champion_uri(data_root: str) -> str:
    return storage.join(data_root, "registry", "champion.json")


def _version_uri(data_root: str, number: int) -> str:
    return storage.join(data_root, "registry", "versions", f"{number:06d}")
