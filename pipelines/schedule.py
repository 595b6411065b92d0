"""Runs that a server starts by itself: one schedule per name, replaced without a gap."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from components.config import TrainingConfig
from components.errors import BrandlensError
from pipelines import cron as six_fields
from pipelines.profiles import Profile
from pipelines.server import backend
from pipelines.server.backend import Backend, Schedule
from pipelines.server.errors import NotOnServerError, ServerError
from pipelines.server.profile import zone
from pipelines.submit import packed, places

NAME = "brandlens"


@dataclass(frozen=True)
class Scheduled:
    """What a creation came to."""

    schedule: Schedule
    replaced: Sequence[Schedule]
    made: bool  # False: the same was there already
    next_times: Sequence[datetime]


def create(
    config: TrainingConfig, profile: Profile, cron: str, raw: str = "", data_root: str = "", name: str = NAME,
    now: datetime | None = None,
) -> Scheduled:  # fmt: skip
    """Make the schedule, then remove those of the same name: if it cannot be made, they stay.

    cron: six fields, in the profile's time zone. Raises ConfigError before anything is sent, ServerError if the old
    one could not be removed and now fires beside the new one.
    """
    cron = six_fields.check(cron)
    times = six_fields.next_times(cron, now or datetime.now(timezone.utc), zone(profile.server.time_zone))
    arguments = places(profile, raw, data_root)
    server = backend.of(profile)
    with packed(config, profile) as package:
        there = server.schedules(name)
        same = [one for one in there if one.enabled and _says(one) == (cron, package.version, arguments)]
        if same and len(there) == 1:
            return Scheduled(same[0], (), False, times)
        new = server.create_schedule(package, name, cron, arguments, secrets.token_hex(6))
    # The API has no update. Asked again: another creation may have been faster.
    old = tuple(one for one in server.schedules(name) if one.schedule_id != new.schedule_id)
    _remove(server, old, new)
    return Scheduled(new, old, True, times)


def _says(schedule: Schedule) -> tuple[str, str, dict[str, object]]:
    return schedule.cron, schedule.version, dict(schedule.arguments)


def _remove(server: Backend, old: Sequence[Schedule], new: Schedule) -> None:
    left, why = [], ""
    for one in old:
        try:
            server.delete_schedule(one.schedule_id)
        except BrandlensError as error:
            left.append(one.schedule_id)
            why = str(error)
    if left:
        raise ServerError(
            f"The new schedule {new.schedule_id} is in place, and {', '.join(left)} could not be removed and, "
            f"unless paused, fires, too: `brandlens schedule delete {left[0]}`. {why}"
        )


def listed(profile: Profile) -> Sequence[Schedule]:
    """All schedules of the profile's experiment."""
    return backend.of(profile).schedules()


def switch(profile: Profile, which: str, enabled: bool) -> Sequence[Schedule]:
    """Pause or resume; which: an id or a name. Raises NotOnServerError if there is none."""
    server = backend.of(profile)
    found = _found(server, which)
    for one in found:
        server.enable_schedule(one.schedule_id, enabled)
    return found


def delete(profile: Profile, which: str) -> Sequence[Schedule]:
    """Remove; which: an id or a name. Raises NotOnServerError if there is none."""
    server = backend.of(profile)
    found = _found(server, which)
    for one in found:
        server.delete_schedule(one.schedule_id)
    return found


def _found(server: Backend, which: str) -> Sequence[Schedule]:
    there = server.schedules()
    found = [one for one in there if which in (one.schedule_id, one.name)]
    if not found:
        names = ", ".join(sorted({one.name for one in there})) or "none"
        raise NotOnServerError(f"No schedule {which!r} on the server; there are: {names}.")
    return found
