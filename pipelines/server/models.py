"""Between the models of the v2beta1 API and ours. Pure."""

from __future__ import annotations

import json
from typing import Any

import kfp_server_api as api

from pipelines.server.backend import Progress, Schedule, Task, in_rounds

_STATES = {
    "SUCCEEDED": "succeeded", "SKIPPED": "succeeded", "FAILED": "failed", "CANCELED": "canceled",
    "RUNNING": "running", "CANCELING": "running", "PAUSED": "running",
}  # fmt: skip


def named(name: str) -> str:
    """The filter of a list: only what has this name."""
    return json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": name}]})


def reference(version: Any) -> Any:
    """What a run says to name the package that it runs."""
    return api.V2beta1PipelineVersionReference(
        pipeline_id=version.pipeline_id, pipeline_version_id=version.pipeline_version_id
    )


def progress(run: Any) -> Progress:
    """A run as it stands; tasks in the order in which they started."""
    details = (run.run_details and run.run_details.task_details) or []
    begun = [detail for detail in details if detail.start_time and detail.state != "SKIPPED"]
    error = run.error.message if run.error and run.error.message else ""
    return Progress(_STATES.get(run.state or "", "pending"), tuple(in_rounds(map(_task, begun))), error)


def _task(detail: Any) -> Task:
    # A server may fill in "no time yet" as the beginning of the epoch.
    ended = detail.end_time.timestamp() if detail.end_time and detail.end_time >= detail.start_time else None
    error = detail.error.message if detail.error and detail.error.message else ""
    state = _STATES.get(detail.state or "", "running")
    state = "failed" if state == "canceled" else state
    return Task(detail.display_name, "", state, detail.start_time.timestamp(), ended, error)


def schedule(recurring: Any) -> Schedule:
    """A recurring run; its description begins with the name of the package's version."""
    cron = recurring.trigger and recurring.trigger.cron_schedule and recurring.trigger.cron_schedule.cron
    return Schedule(
        schedule_id=recurring.recurring_run_id,
        name=recurring.display_name,
        cron=cron or "",
        enabled=recurring.status == "ENABLED" if recurring.status else recurring.mode == "ENABLE",
        version=(recurring.description or "").partition(",")[0],
        arguments=dict((recurring.runtime_config and recurring.runtime_config.parameters) or {}),
        created=recurring.created_at,
    )
