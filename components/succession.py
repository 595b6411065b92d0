"""Who is served after whom, where a person decides: promotion by hand and rolling back.

A model that a person took out of service comes back only by a person's word: otherwise the next scheduled run, which
finds the same images and trains the same model, would promote it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from components import registry, storage
from components.artifacts import Champion, How, RegisteredModel, Reign
from components.errors import InputError, PointerMovedError, StorageError

FILES = ("model.keras", "saved_model/saved_model.pb")


def line(reigns: Sequence[Reign]) -> list[Reign]:
    """The champions that rolling back goes through, the present one last; what was rolled back is not among them."""
    standing: list[Reign] = []
    for reign in reigns:
        if reign.how != "rolled back":
            standing.append(reign)
            continue
        standing.pop()
        while standing and standing[-1].version != reign.version:
            standing.pop()
    return standing


def withdrawn(reigns: Sequence[Reign]) -> dict[str, str]:
    """Model id -> why a run must not promote it: a person has replaced it, and none has brought it back."""
    away: dict[str, str] = {}
    for before, reign in pairwise(reigns):
        if reign.how != "promoted":
            away[before.model_id] = (
                f"version {before.version} was taken out of service by a person on {reign.since}; "
                f"`brandlens registry promote {before.version}` brings it back"
            )
            away.pop(reign.model_id, None)
    return away


def why_withdrawn(data_root: str, model_id: str) -> str:
    """Why a run must not promote this model; empty if it may."""
    now, _ = registry.served(data_root)
    return withdrawn(now.reigns).get(model_id, "") if now else ""


def promote(data_root: str, number: int) -> tuple[Champion | None, RegisteredModel]:
    """Serve a version by hand; the champion before it and the version. Once more changes nothing.

    Raises InputError if there is no such version, StorageError if its files are missing, PointerMovedError if the
    champion was changed meanwhile.
    """
    candidate = find(data_root, number)
    now, seen = registry.served(data_root)
    if now is None or now.version != number:
        _serve(data_root, candidate, "by hand", now, seen)
    return now, candidate


def roll_back(data_root: str) -> tuple[Champion, RegisteredModel]:
    """Serve the champion before the present one; both. Again goes one further back.

    Raises InputError if there is none before it; else as promote.
    """
    now, seen = registry.served(data_root)
    standing = line(now.reigns) if now else []
    if now is None or len(standing) < 2:
        what = f"Version {now.version} is the first champion" if now else "There is no champion"
        raise InputError(f"{what} in {data_root}: nothing to roll back to. `brandlens registry promote N` serves any.")
    before = find(data_root, standing[-2].version)
    _serve(data_root, before, "rolled back", now, seen)
    return now, before


def find(data_root: str, number: int) -> RegisteredModel:
    """A registered version by its number. Raises InputError, naming those that there are."""
    known = {record.version: record for record in registry.versions(data_root)}
    if not known:
        raise InputError(f"There is no registered version in {data_root}. Give the data root that runs promote to.")
    if number not in known:
        there = ", ".join(map(str, known))
        raise InputError(f"There is no version {number} in {data_root}. Registered are: {there}.")
    return known[number]


def _serve(data_root: str, candidate: RegisteredModel, how: How, now: Champion | None, seen: str) -> None:
    missing = [name for name in FILES if not storage.exists(storage.join(candidate.uri, name))]
    if missing:
        raise StorageError(
            f"Version {candidate.version} cannot be served: {candidate.uri} lacks {' and '.join(missing)}. "
            "Restore the files or promote another version."
        )
    try:
        registry.enthrone(data_root, candidate, how, now, seen)
    except PointerMovedError as error:
        raise PointerMovedError(
            "The champion was changed by someone else in this moment; nothing was done. "
            "Look at `brandlens registry list` and decide anew."
        ) from error
