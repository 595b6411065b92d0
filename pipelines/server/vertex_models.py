"""Between Vertex AI's messages and ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import which_run
from components.errors import BrandlensError
from pipelines.server.backend import Progress, Schedule, Task, in_rounds
from pipelines.server.errors import (
    AuthenticationError,
    BusyError,
    ForbiddenError,
    NotOnServerError,
    RefusedError,
    ServerError,
)

LONGEST_LABEL = 63
VERSION, MARK = "brandlens-version", "brandlens-mark"  # labels of what we make
_STATES = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "canceled",
    "QUEUED": "pending",
    "PENDING": "pending",
}
_TASK_STATES = {"SUCCEEDED": "succeeded", "SKIPPED": "succeeded", "FAILED": "failed", "CANCELLED": "failed"}
_ERRORS: dict[int, type[BrandlensError]] = {
    400: RefusedError, 401: AuthenticationError, 403: ForbiddenError, 404: NotOnServerError, 409: RefusedError,
    429: BusyError,
}  # fmt: skip


def label_of(version: str) -> str:
    """Labels have no dots, and our versions no underscores."""
    return version.replace(".", "_")


def label_of_run(run_id: str) -> Mapping[str, str]:
    """By which the steps know their run. An id that is too long for a label they read off the place to write to."""
    return {which_run.RUN_LABEL: run_id} if len(run_id) <= LONGEST_LABEL else {}


def labels(schedule: Any) -> Mapping[str, str]:
    """The labels of the runs that a schedule starts."""
    return schedule.create_pipeline_job_request.pipeline_job.labels


def progress(job: Any) -> Progress:
    """A run as it stands."""
    begun = [detail for detail in job.job_detail.task_details if "start_time" in detail]
    state = _STATES.get(job.state.name.removeprefix("PIPELINE_STATE_"), "running")
    return Progress(state, tuple(in_rounds(map(_task, begun))), job.error.message)


def _task(detail: Any) -> Task:
    ended = detail.end_time.timestamp() if "end_time" in detail else None
    state = _TASK_STATES.get(detail.state.name, "running")
    return Task(detail.task_name, "", state, detail.start_time.timestamp(), ended, detail.error.message)


def schedule(one: Any) -> Schedule:
    """A schedule; its cron with a second again."""
    job = one.create_pipeline_job_request.pipeline_job
    fields = one.cron.partition(" ")[2] if "TZ=" in one.cron else one.cron
    return Schedule(
        schedule_id=one.name.rsplit("/", 1)[-1],
        name=one.display_name,
        cron=f"0 {fields}",
        enabled=one.state.name == "ACTIVE",
        version=labels(one).get(VERSION, "").replace("_", "."),
        arguments=dict(job.runtime_config.parameter_values),
        created=one.create_time,
    )


def explain(error: Exception, doing: str) -> BrandlensError:
    """The error for a person: of Google's authentication, of its API, or of the network."""
    text = f"Could not {doing} on Vertex AI: {getattr(error, 'message', None) or error}"
    if type(error).__module__.startswith("google.auth"):
        return AuthenticationError(f"{text} Run `gcloud auth application-default login`.")
    return _ERRORS.get(getattr(error, "code", None) or 0, ServerError)(text)
