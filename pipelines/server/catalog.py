"""What must be on a Kubeflow server before a run: one that can do it, the pipeline, its version, the experiment."""

from __future__ import annotations

import json
from typing import Any

import kfp_server_api as api

from components.errors import ConfigError
from pipelines import training
from pipelines.server import models, needs
from pipelines.server.backend import Package
from pipelines.server.connection import Connection
from pipelines.server.errors import NotOnServerError, ServerTooOldError
from pipelines.server.needs import Need
from pipelines.server.profile import Server


class Catalog:
    """Finds what is there and makes what is not; each thing once, whatever becomes of the replies."""

    def __init__(self, connection: Connection, server: Server, need: Need = needs.ANY) -> None:
        """need: of the profile's machines; an older server is refused."""
        self._connection, self._server, self._need = connection, server, need
        self._health = api.HealthzServiceApi(connection.requests)
        self._pipelines = api.PipelineServiceApi(connection.requests)
        self._uploads = api.PipelineUploadServiceApi(connection.requests)
        self._experiments = api.ExperimentServiceApi(connection.requests)

    @property
    def namespace(self) -> str | None:
        """The profile's, None where the server has but one."""
        return self._server.namespace or None

    def server_version(self) -> str:
        """The server's version, empty if it does not say.

        Raises ServerTooOldError, and ConfigError if the profile's namespace does not fit this kind of server.
        """
        try:
            health = self._connection.ask("ask for its health", self._health.healthz_service_get_healthz)
        except NotOnServerError as error:
            raise ServerTooOldError(
                f"{self._connection.endpoint} does not speak version v2beta1 of Kubeflow Pipelines' API: the server is "
                "older than 2.0, or the address lacks a part (https://host/pipeline behind Kubeflow's dashboard)."
            ) from error
        # The generated model leaves the version out, the reply has it.
        version = str(json.loads(self._connection.requests.last_response.data).get("tag_name", "")).lstrip("v")
        numbers = needs.numbers(version)
        if numbers and numbers < self._need.version:
            raise ServerTooOldError(f"{self._connection.endpoint} is Kubeflow Pipelines {version}; {self._need}.")
        self._check_namespace(bool(health.multi_user))
        return version if numbers else ""

    def leaves_runs(self) -> bool:
        """Whether the server can delete a schedule alone; no, if it does not say how old it is."""
        return needs.numbers(self.server_version()) >= needs.LEAVES_RUNS

    def _check_namespace(self, several: bool) -> None:
        if several and not self._server.namespace:
            raise ConfigError("PROFILE", ["server.namespace: this server has several; name yours"])
        if not several and self._server.namespace:
            raise ConfigError("PROFILE", ["server.namespace: this server has but one; leave it out"])

    def version(self, package: Package) -> Any:
        """The uploaded package. Its name is decided by its bytes: one that is there is the same."""
        pipeline_id = self._pipeline().pipeline_id

        def find() -> Any:
            listing = {"pipeline_id": pipeline_id, "filter": models.named(package.version)}
            list_page = self._pipelines.pipeline_service_list_pipeline_versions
            return next(self._connection.pages("list the versions", list_page, "pipeline_versions", **listing), None)

        def create() -> Any:
            return self._uploads.upload_pipeline_version(
                str(package.path), name=package.version, pipelineid=pipeline_id
            )

        return self._connection.find_or_create(f"pipeline version {package.version}", find, create)

    def _pipeline(self) -> Any:
        # Without a version of its own: an upload would make one that is named like the pipeline.
        values = api.V2beta1Pipeline(display_name=training.NAME, name=training.NAME, namespace=self.namespace)

        def find() -> Any:
            listing = {"namespace": self.namespace, "filter": models.named(training.NAME)}
            list_page = self._pipelines.pipeline_service_list_pipelines
            return next(self._connection.pages("list the pipelines", list_page, "pipelines", **listing), None)

        create = self._pipelines.pipeline_service_create_pipeline
        return self._connection.find_or_create(f"pipeline {training.NAME}", find, lambda: create(values))

    def experiment(self) -> Any:
        """The profile's experiment."""
        values = api.V2beta1Experiment(display_name=self._server.experiment, namespace=self.namespace)
        create = self._experiments.experiment_service_create_experiment
        thing = f"experiment {self._server.experiment}"
        return self._connection.find_or_create(thing, self.find_experiment, lambda: create(values))

    def find_experiment(self) -> Any:
        """The profile's experiment, or None."""
        listing = {"namespace": self.namespace, "filter": models.named(self._server.experiment)}
        list_page = self._experiments.experiment_service_list_experiments
        return next(self._connection.pages("list the experiments", list_page, "experiments", **listing), None)
