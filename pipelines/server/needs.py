"""How new a server of Kubeflow Pipelines must be. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from pipelines.profiles import Profile, TaskName

# Earlier servers take the package and then fail its runs (dsl.Collected; kubeflow/pipelines pull request 11725).
OLDEST = (2, 14)
# Earlier ones delete the runs of a schedule with it (pull request 12574).
LEAVES_RUNS = (2, 16)
# Earlier ones do not know this setting of a claim (`subPath` of the message PvcMount in kfp-kubernetes).
SUB_PATHS = (2, 16)


@dataclass(frozen=True)
class Need:
    """What a server must be at least."""

    version: tuple[int, int]
    why: str

    def __str__(self) -> str:
        """For a person."""
        return f"{'.'.join(map(str, self.version))} or later is needed {self.why}"


ANY = Need(OLDEST, "to hand what the searches found to the step that compares them")


def of(profile: Profile) -> Need:
    """The most that a profile asks for."""
    claims = [volume for task in get_args(TaskName) for volume in profile.machine_of(task).volumes]
    return Need(SUB_PATHS, "for the sub_path of a volume") if any(claim.sub_path for claim in claims) else ANY


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; none if it is no such thing ("dev", "unknown")."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()
