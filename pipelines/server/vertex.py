"""Vertex AI Pipelines, by Google's own client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from components import storage
from components.errors import BrandlensError, ConfigError, UnavailableError
from pipelines.cron import five_fields
from pipelines.profiles import Profile
from pipelines.server.backend import Condition, Package, Progress, Schedule, Started, Task, in_rounds
from pipelines.server.errors import (
    AuthenticationError,
    BusyError,
    ForbiddenError,
    NotOnServerError,
    RefusedError,
    ServerError,
)
from pipelines.server.profile import Server

VERSION, MARK = "brandlens-version", "brandlens-mark"  # labels of what we make
_STATES = {
    "SUCCEEDED": "succeeded", "FAILED": "failed", "CANCELLED": "canceled", "QUEUED": "pending", "PENDING": "pending",
}  # fmt: skip
_TASK_STATES = {"SUCCEEDED": "succeeded", "FAILED": "failed", "CANCELLED": "failed"}

Answer = TypeVar("Answer")


class VertexServer:
    """A Backend. credentials: Google's default ones if None."""

    def __init__(self, server: Server, credentials: Any = None) -> None:
        self._server = server
        self._at = {"project": server.project, "location": server.region, "credentials": credentials}

    @classmethod
    def of(cls, profile: Profile) -> VertexServer:
        """The profile's project and region. Raises ConfigError without them, UnavailableError without the extra."""
        missing = [key for key in ("project", "region") if not getattr(profile.server, key)]
        if missing:
            raise ConfigError("PROFILE", [f"server.{key}: which one of Google Cloud?" for key in missing])
        _aiplatform()
        return cls(profile.server)

    def condition(self) -> Condition:
        """Whether runs can be listed there."""
        jobs = _asked("list the runs", lambda: _aiplatform().PipelineJob.list(enable_simple_view=True, **self._at))
        return Condition("", [f"{len(jobs)} runs in project {self._server.project}, {self._server.region}"])

    def job(self, package: Package, name: str, arguments: Mapping[str, object], labels: Mapping[str, str]) -> Any:
        """The request for a run. Without server.pipeline_root small artifacts go below the data root."""
        root = self._server.pipeline_root or storage.join(str(arguments["data_root"]), "vertex")
        job = _aiplatform().PipelineJob
        return _asked(
            "read the package",
            lambda: job(
                display_name=name, job_id=name, template_path=str(package.path), pipeline_root=root,
                parameter_values=dict(arguments), labels={**self._server.labels, **_version(package), **labels},
                **self._at,
            ),
        )  # fmt: skip

    def start(self, package: Package, name: str, arguments: Mapping[str, object]) -> Started:
        """Start the run; its name is its id, so that Vertex itself refuses a second one."""
        from google.api_core.exceptions import AlreadyExists

        job = self.job(package, name, arguments, {})

        def submit() -> None:
            try:
                job.submit(service_account=self._server.service_account or None)
            except AlreadyExists:
                return  # our own request whose reply was lost, or an earlier submission of this name

        _asked("start the run", submit, repeated=True)
        link = (
            f"https://console.cloud.google.com/vertex-ai/locations/{self._server.region}/pipelines/runs/{name}"
            f"?project={self._server.project}"
        )
        return Started(name, name, link, package.version)

    def progress(self, run_id: str) -> Progress:
        """How a run is."""
        get = _aiplatform().PipelineJob.get
        job = _asked("ask how the run is", lambda: get(run_id, **self._at), repeated=True).gca_resource
        begun = [detail for detail in job.job_detail.task_details if "start_time" in detail]
        state = _STATES.get(_plain(job.state), "running")
        return Progress(state, tuple(in_rounds(map(_task, begun))), job.error.message)

    def schedules(self, name: str | None = None) -> Sequence[Schedule]:
        """Those of the project and region that we made, oldest first."""
        listing = _aiplatform().PipelineJobSchedule.list
        found = _asked("list the schedules", lambda: listing(**self._at), repeated=True)
        ours = [one.gca_resource for one in found if VERSION in _labels(one.gca_resource)]
        schedules = [_schedule(one) for one in ours if name is None or one.display_name == name]
        return sorted(schedules, key=lambda one: one.created.timestamp() if one.created else 0.0)

    def create_schedule(
        self, package: Package, name: str, cron: str, arguments: Mapping[str, object], mark: str
    ) -> Schedule:
        """One run at a time; what was missed is not queued. Raises ConfigError if the cron's second is not 0."""
        text = f"TZ={self._server.time_zone} {five_fields(cron)}"
        job = self.job(package, name, arguments, {MARK: mark})
        schedule = _aiplatform().PipelineJobSchedule(job, name)
        account = self._server.service_account or None
        try:
            _asked("create the schedule", lambda: schedule.create(text, service_account=account))
        except ServerError:
            # The reply may have been lost after Vertex had acted.
            marked = self._marked(mark)
            if not marked:
                raise
            return marked[0]
        return _schedule(schedule.gca_resource)

    def enable_schedule(self, schedule_id: str, enabled: bool) -> None:
        """Resume or pause it."""
        one = self._one(schedule_id)
        _asked("switch the schedule", lambda: one.resume(catch_up=False) if enabled else one.pause(), repeated=True)

    def delete_schedule(self, schedule_id: str) -> None:
        """Remove it."""
        _asked("delete the schedule", self._one(schedule_id).delete)

    def _one(self, schedule_id: str) -> Any:
        get = _aiplatform().PipelineJobSchedule.get
        return _asked("find the schedule", lambda: get(schedule_id, **self._at), repeated=True)

    def _marked(self, mark: str) -> list[Schedule]:
        listing = _aiplatform().PipelineJobSchedule.list
        found = _asked("list the schedules", lambda: listing(**self._at), repeated=True)
        return [_schedule(one.gca_resource) for one in found if _labels(one.gca_resource).get(MARK) == mark]


def _aiplatform() -> Any:
    try:
        from google.cloud import aiplatform
    except ImportError as error:
        raise UnavailableError(
            "Vertex AI needs Google's client: install `brandlens[vertex]` (google-cloud-aiplatform)."
        ) from error
    return aiplatform


def _asked(doing: str, request: Callable[[], Answer], repeated: bool = False) -> Answer:
    """The answer, or the error for a person. repeated: what may be asked any number of times is, for two minutes."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.api_core.retry import Retry, if_transient_error
    from google.auth.exceptions import GoogleAuthError

    try:
        return Retry(predicate=if_transient_error, timeout=120.0)(request)() if repeated else request()
    except GoogleAuthError as error:
        raise AuthenticationError(
            f"Could not {doing}: Google does not know who asks. Run `gcloud auth application-default login`. {error}"
        ) from error
    except RetryError as error:
        raise ServerError(f"Could not {doing}: {error}") from error
    except GoogleAPICallError as error:
        raise _ERRORS.get(error.code or 0, ServerError)(f"Could not {doing} on Vertex AI: {error.message}") from error


_ERRORS: dict[int, type[BrandlensError]] = {
    400: RefusedError, 401: AuthenticationError, 403: ForbiddenError, 404: NotOnServerError, 429: BusyError,
}  # fmt: skip


def _version(package: Package) -> dict[str, str]:
    return {VERSION: package.version.replace(".", "_")}  # labels have no dots, versions no underscores


def _labels(schedule: Any) -> Mapping[str, str]:
    return schedule.create_pipeline_job_request.pipeline_job.labels


def _plain(state: Any) -> str:
    return str(state.name).removeprefix("PIPELINE_STATE_")


def _task(detail: Any) -> Task:
    ended = detail.end_time.timestamp() if "end_time" in detail else None
    state = _TASK_STATES.get(detail.state.name, "running")
    return Task(detail.task_name, "", state, detail.start_time.timestamp(), ended, detail.error.message)


def _schedule(one: Any) -> Schedule:
    job = one.create_pipeline_job_request.pipeline_job
    zone, _, fields = one.cron.partition(" ")
    return Schedule(
        schedule_id=one.name.rsplit("/", 1)[-1], name=one.display_name,
        cron=f"0 {fields}" if zone.startswith("TZ=") else one.cron, enabled=one.state.name == "ACTIVE",
        version=_labels(one).get(VERSION, "").replace("_", "."), arguments=dict(job.runtime_config.parameter_values),
        created=one.create_time,
    )  # fmt: skip
