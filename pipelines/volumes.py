"""Whether the places of a profile are on its volumes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import get_args

from pipelines.profiles import Profile, TaskName


def remarks(profile: Profile) -> Iterator[str]:
    """Places that are folders and that some task would find empty: on a cluster a folder is the pod's own."""
    for key in ("raw", "data_root"):
        place = getattr(profile, key)
        if profile.platform == "kubeflow" and place.startswith("/"):
            tasks = [task for task in get_args(TaskName) if not _reaches(profile, task, place)]
            if tasks:
                yield f"{key}: {place} is on no volume of {', '.join(tasks)}; name its claim in volumes, or use gs://"


def _reaches(profile: Profile, task: TaskName, place: str) -> bool:
    return any(PurePosixPath(place).is_relative_to(volume.mount) for volume in profile.machine_of(task).volumes)
