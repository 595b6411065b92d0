"""Runs that events start: one at a time, and each event is followed by a run that began after it.

However many events come in a burst: the first one starts a run, those that come while it works wait for its end, and
then one more run serves them all. Who delivers the events is asked to deliver one again by an error; Pub/Sub and
Eventarc do so. What is known lies in <data root>/trigger/last.json, which only one of several callers can move.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from pydantic import AwareDatetime

from components import storage
from components.artifacts import Pointer
from components.config import TrainingConfig
from components.errors import PointerMovedError
from pipelines.profiles import Profile
from pipelines.server import backend
from pipelines.server.backend import ENDED
from pipelines.server.errors import BusyError, NotOnServerError
from pipelines.submit import new_name, places, submit

ABANDONED_S = 600.0  # a function that events start lives for nine minutes at most


class NotYetError(BusyError):
    """Not now: deliver the event again, a little later."""


class Last(Pointer):
    """The run that an event started last."""

    name: str
    began: AwareDatetime  # before the run was asked for: what happened earlier, it sees
    asked: AwareDatetime  # when somebody last set out to ask for it
    run_id: str = ""  # of the server; empty while it is being asked for


def concerns(profile: Profile, data: Mapping[str, Any]) -> bool:
    """Whether an event is about raw images. data: of the event; one that names no object was sent on purpose.

    What a run writes into the same bucket makes events, too: without this, each run would start the next.
    """
    if "bucket" not in data or "name" not in data:
        return True
    return f"gs://{data['bucket']}/{data['name']}".startswith(f"{profile.raw.rstrip('/')}/")


def submit_for_event(
    config: TrainingConfig, profile: Profile, happened: datetime, quiet_s: float = 300, now: datetime | None = None
) -> Last:
    """The run that sees what happened: the last one, or a new one.

    happened: when, with its time zone. quiet_s: how old an event must be before it starts a run, so that what arrives
    together is learned together. Raises NotYetError until then, and while another run is in progress.
    """
    now = now or datetime.now(timezone.utc)
    uri = storage.join(places(profile)["data_root"], "trigger", "last.json")
    data, version = storage.read_versioned(uri)
    last = Last.model_validate_json(data) if data else None
    if last and not last.run_id:
        if now - last.asked < timedelta(seconds=ABANDONED_S):
            # Two who ask at the same moment could both find no such run on the server.
            raise NotYetError(f"Run {last.name} is being started.")
        # Whoever claimed this run has died; if it was asked for, its name finds it.
        claim = last.model_copy(update={"asked": now})
        last = _started(config, profile, claim, uri, _moved(uri, claim, version))
    if last and happened < last.began:
        return last
    if last and _in_progress(profile, last):
        raise NotYetError(f"Run {last.name} is in progress; what happened at {happened:%H:%M:%S} comes after it.")
    if now - happened < timedelta(seconds=quiet_s):
        raise NotYetError(f"Only {(now - happened).total_seconds():.0f} seconds ago: more may come ({quiet_s:.0f}).")
    claim = Last(name=new_name(), began=now, asked=now)
    return _started(config, profile, claim, uri, _moved(uri, claim, version))


def _in_progress(profile: Profile, last: Last) -> bool:
    try:
        return backend.of(profile).progress(last.run_id).state not in ENDED
    except NotOnServerError:
        return False  # somebody removed it


def _started(config: TrainingConfig, profile: Profile, claim: Last, uri: str, version: str) -> Last:
    _, started = submit(config, profile, name=claim.name)
    known = claim.model_copy(update={"run_id": started.run_id})
    _moved(uri, known, version)
    return known


def _moved(uri: str, last: Last, version: str) -> str:
    """The pointer's new version. Raises NotYetError if another event was faster."""
    try:
        storage.swap(uri, last.model_dump_json().encode(), version)
    except PointerMovedError as error:
        raise NotYetError("Another event starts a run at this moment.") from error
    return storage.read_versioned(uri)[1]
