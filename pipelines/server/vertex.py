"""Vertex AI Pipelines, by Google's generated client.

Not by its `PipelineJob` convenience: that looks for a bucket, makes one where it finds none, and cannot say whether a
request whose reply was lost has been acted on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import yaml

from components import storage
from components.errors import ConfigError, UnavailableError
from pipelines.cron import five_fields
from pipelines.profiles import Profile
from pipelines.server import vertex_models as models
from pipelines.server.backend import Condition, Package, Progress, Schedule, Started
from pipelines.server.errors import ServerError
from pipelines.server.links import on_vertex
from pipelines.server.profile import Server
from pipelines.server.vertex_models import MARK, VERSION

RETRIED_FOR_S = 120.0

Answer = TypeVar("Answer")


class VertexServer:
    """A Backend."""

    def __init__(self, server: Server, credentials: Any = None, endpoint: str = "") -> None:
        """credentials: Google's default ones if None. endpoint: the region's own if empty."""
        google = self._google = _client_library()
        self._server, self._parent = server, f"projects/{server.project}/locations/{server.region}"
        at = {"api_endpoint": endpoint or f"https://{server.region}-aiplatform.googleapis.com"}
        values = {"credentials": credentials, "client_options": at, "transport": "rest"}
        self._pipelines, self._schedules = _asked(
            "reach Vertex AI", lambda: (google.PipelineServiceClient(**values), google.ScheduleServiceClient(**values))
        )

    @classmethod
    def of(cls, profile: Profile) -> VertexServer:
        """The profile's project and region. Raises ConfigError without them, UnavailableError without the extra."""
        missing = [key for key in ("project", "region") if not getattr(profile.server, key)]
        if missing:
            raise ConfigError("PROFILE", [f"server.{key}: which one of Google Cloud?" for key in missing])
        return cls(profile.server)

    def condition(self) -> Condition:
        """Whether runs can be listed there."""
        listing = self._google.ListPipelineJobsRequest(parent=self._parent, page_size=1)
        _asked("list the runs", lambda: self._pipelines.list_pipeline_jobs(listing), repeated=True)
        return Condition("", [f"project {self._server.project} has pipelines in {self._server.region}"])

    def job(self, package: Package, name: str, arguments: Mapping[str, object], labels: Mapping[str, str]) -> Any:
        """A run as Vertex AI is asked for it. Without server.pipeline_root small artifacts go below the data root."""
        root = self._server.pipeline_root or storage.join(str(arguments["data_root"]), "vertex")
        return self._google.PipelineJob(
            display_name=name,
            pipeline_spec=yaml.safe_load(package.path.read_text(encoding="utf-8")),
            runtime_config={"gcs_output_directory": root, "parameter_values": dict(arguments)},
            labels={**self._server.labels, VERSION: models.label_of(package.version), **labels},
            service_account=self._server.service_account,
        )

    def start(self, package: Package, name: str, arguments: Mapping[str, object]) -> Started:
        """Start the run; its name is its id, so that Vertex AI itself refuses a second one."""
        from google.api_core.exceptions import Conflict

        job = self.job(package, name, arguments, models.label_of_run(name))

        def create() -> None:
            try:
                self._pipelines.create_pipeline_job(parent=self._parent, pipeline_job=job, pipeline_job_id=name)
            except Conflict:
                # Our own request whose reply was lost, or an earlier submission of this name: it must be there.
                self._pipelines.get_pipeline_job(name=f"{self._parent}/pipelineJobs/{name}")

        _asked("start the run", create, repeated=True)
        return Started(name, name, on_vertex(self._server, name), package.version)

    def progress(self, run_id: str) -> Progress:
        """How a run is."""
        name = f"{self._parent}/pipelineJobs/{run_id}"
        job = _asked("ask how the run is", lambda: self._pipelines.get_pipeline_job(name=name), repeated=True)
        return models.progress(job)

    def schedules(self, name: str | None = None) -> Sequence[Schedule]:
        """Those of the project and region that we made, oldest first."""
        ours = [models.schedule(one) for one in self._list_schedules() if VERSION in models.labels(one)]
        chosen = [one for one in ours if name is None or one.name == name]
        return sorted(chosen, key=lambda one: one.created.timestamp() if one.created else 0.0)

    def create_schedule(
        self, package: Package, name: str, cron: str, arguments: Mapping[str, object], mark: str
    ) -> Schedule:
        """One run at a time; what was missed is not queued. Raises ConfigError if the cron's second is not 0."""
        job = self.job(package, name, arguments, {MARK: mark})
        schedule = self._google.Schedule(
            display_name=name, cron=f"TZ={self._server.time_zone} {five_fields(cron)}", max_concurrent_run_count=1,
            create_pipeline_job_request={"parent": self._parent, "pipeline_job": job},
        )  # fmt: skip
        try:
            create = self._schedules.create_schedule
            return models.schedule(
                _asked("create the schedule", lambda: create(parent=self._parent, schedule=schedule))
            )
        except ServerError:
            # The reply may have been lost after Vertex AI had acted.
            marked = [one for one in self._list_schedules() if models.labels(one).get(MARK) == mark]
            if not marked:
                raise
            return models.schedule(marked[0])

    def enable_schedule(self, schedule_id: str, enabled: bool) -> None:
        """Resume or pause it."""
        name, calls = f"{self._parent}/schedules/{schedule_id}", self._schedules
        resume = self._google.ResumeScheduleRequest(name=name, catch_up=False)
        if enabled:
            _asked("resume the schedule", lambda: calls.resume_schedule(resume))
        else:
            _asked("pause the schedule", lambda: calls.pause_schedule(name=name))

    def delete_schedule(self, schedule_id: str) -> None:
        """Remove it."""
        name = f"{self._parent}/schedules/{schedule_id}"
        _asked("delete the schedule", lambda: self._schedules.delete_schedule(name=name))

    def _list_schedules(self) -> list[Any]:
        listing = self._schedules.list_schedules
        return _asked("list the schedules", lambda: list(listing(parent=self._parent)), repeated=True)


def _client_library() -> Any:
    try:
        from google.cloud import aiplatform_v1
    except ImportError as error:
        raise UnavailableError(
            "Vertex AI needs Google's client: install `brandlens[vertex]` (google-cloud-aiplatform)."
        ) from error
    return aiplatform_v1


def _asked(doing: str, request: Callable[[], Answer], repeated: bool = False) -> Answer:
    """The answer, or the error for a person. repeated: what may be asked any number of times is, for two minutes."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.api_core.retry import Retry, if_transient_error
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    try:
        if repeated:
            return Retry(predicate=if_transient_error, timeout=RETRIED_FOR_S)(request)()
        return request()
    except (GoogleAuthError, GoogleAPICallError, RetryError, RequestException) as error:
        raise models.explain(error, doing) from error
