"""What a server is to us, whichever it is: it starts runs, says how they are, and keeps schedules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, get_args

from components.errors import ConfigError
from pipelines.profiles import Profile, TaskName

ENDED = ("succeeded", "failed", "canceled")


@dataclass(frozen=True)
class Package:
    """A compiled graph and the name that its bytes decide."""

    path: Path
    version: str


@dataclass(frozen=True)
class Started:
    """A run that a server has accepted."""

    run_id: str
    name: str
    link: str
    version: str  # of the package that it runs


@dataclass(frozen=True)
class Task:
    """One step of a run."""

    step: str
    item: str  # tells the rounds of a loop apart; empty outside
    state: str  # "running", "succeeded" or "failed"
    started: float  # seconds since the epoch
    ended: float | None
    error: str


@dataclass(frozen=True)
class Progress:
    """A run as it stands."""

    state: str  # "pending", "running", or one of ENDED
    tasks: Sequence[Task]
    error: str


@dataclass(frozen=True)
class Schedule:
    """Runs that a server starts by itself."""

    schedule_id: str
    name: str
    cron: str  # as the server keeps it
    enabled: bool
    version: str  # of the package that it runs
    arguments: Mapping[str, object]
    created: datetime | None


@dataclass(frozen=True)
class Condition:
    """What a server says of itself and of what the profile asks it for."""

    version: str  # empty if it does not say
    findings: Sequence[str]  # for a person: what is there, what will be made


class Backend(Protocol):
    """Kubeflow Pipelines or Vertex AI."""

    def condition(self) -> Condition:
        """Whether it can be worked with; raises the error if not."""

    def start(self, package: Package, name: str, arguments: Mapping[str, object]) -> Started:
        """Start a run; one that has this name already is returned instead, however often it is asked."""

    def progress(self, run_id: str) -> Progress:
        """How a run is."""

    def schedules(self, name: str | None = None) -> Sequence[Schedule]:
        """Those of the profile's experiment, or only those of a name; names are not unique."""

    def create_schedule(
        self, package: Package, name: str, cron: str, arguments: Mapping[str, object], mark: str
    ) -> Schedule:
        """Make one that is enabled. cron: six fields. mark: tells this creation from all others."""

    def enable_schedule(self, schedule_id: str, enabled: bool) -> None:
        """Resume or pause it; what was missed in between is not caught up."""

    def delete_schedule(self, schedule_id: str) -> None:
        """Remove it; runs that it has started go on."""


def in_rounds(tasks: Iterable[Task]) -> Iterator[Task]:
    """The steps of our graph in the order in which they started; a loop's further rounds get numbers as items.

    Servers list drivers, conditions and loops, too, and do not say which backbone a round works on.
    """
    rounds: dict[str, int] = {}
    for task in sorted(tasks, key=lambda task: task.started):
        if task.step in get_args(TaskName):
            number = rounds[task.step] = rounds.get(task.step, 0) + 1
            yield replace(task, item="" if number == 1 else str(number))


def of(profile: Profile) -> Backend:
    """The server of a profile. Raises ConfigError if the profile has none."""
    if profile.platform == "kubeflow":
        from pipelines.server.kubeflow import KubeflowServer

        return KubeflowServer.of(profile)
    if profile.platform == "vertex":
        from pipelines.server.vertex import VertexServer

        return VertexServer.of(profile)
    raise ConfigError("PROFILE", ["platform: local has no server; use `brandlens run-local`, or another profile"])
