"""A Kubeflow Pipelines server, by version v2beta1 of its API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import kfp_server_api as api

from components.errors import ConfigError
from pipelines.profiles import Profile
from pipelines.server import models, needs
from pipelines.server.authentication import credentials
from pipelines.server.backend import ENDED, Condition, Package, Progress, Schedule, Started
from pipelines.server.catalog import Catalog
from pipelines.server.connection import PAGE, Connection
from pipelines.server.errors import BusyError
from pipelines.server.fault import Fault
from pipelines.server.needs import Need
from pipelines.server.profile import ENDPOINT, Server


class KubeflowServer:
    """A Backend."""

    def __init__(self, connection: Connection, server: Server, need: Need = needs.ANY) -> None:
        """need: how new the server must be."""
        self._connection, self._server = connection, server
        self._catalog = Catalog(connection, server, need)
        self._runs = api.RunServiceApi(connection.requests)
        self._recurring = api.RecurringRunServiceApi(connection.requests)

    @classmethod
    def of(cls, profile: Profile) -> KubeflowServer:
        """The profile's server. Raises ConfigError without an address, AuthenticationError without a secret."""
        server = profile.server
        endpoint = server.endpoint or os.environ.get(ENDPOINT, "").rstrip("/")
        if not endpoint:
            raise ConfigError(
                "PROFILE", [f"server.endpoint: which server? Give its address there, or in the variable {ENDPOINT}"]
            )
        if server.ca_file and not Path(server.ca_file).is_file():
            raise ConfigError("PROFILE", [f"server.ca_file: {server.ca_file} is not a file"])
        who = credentials(server.auth)
        connection = Connection(endpoint, server.namespace, who, server.timeout_s, server.ca_file)
        return cls(connection, server, needs.of(profile))

    def condition(self) -> Condition:
        """Its version, and whether namespace and experiment answer."""
        version = self._catalog.server_version()
        there = "is there" if self._catalog.find_experiment() else "will be made by the first run"
        return Condition(version, [f"experiment {self._server.experiment} {there}"])

    def start(self, package: Package, name: str, arguments: Mapping[str, object]) -> Started:
        """Upload the package unless it is there, make the experiment unless it is there, and start the run once."""
        version, experiment_id = self._ready(package)
        run = api.V2beta1Run(
            experiment_id=experiment_id, display_name=name, **self._common(version, arguments)
        )  # fmt: skip

        def find() -> Any:
            listing = {"experiment_id": experiment_id, "filter": models.named(name)}
            list_page = self._runs.run_service_list_runs
            return next(self._connection.pages("list the runs", list_page, "runs", **listing), None)

        create = self._runs.run_service_create_run
        started = self._connection.find_or_create(f"run {name}", find, lambda: create(run))
        ui = self._server.ui or self._connection.endpoint
        return Started(started.run_id, name, f"{ui}/#/runs/details/{started.run_id}", package.version)

    def progress(self, run_id: str) -> Progress:
        """How a run is."""
        get = self._runs.run_service_get_run
        return models.progress(self._connection.ask("ask how the run is", lambda: get(run_id)))

    def schedules(self, name: str | None = None) -> Sequence[Schedule]:
        """Those of the profile's experiment, oldest first."""
        self._catalog.server_version()
        experiment = self._catalog.find_experiment()
        found = self._list_schedules(experiment.experiment_id, name) if experiment else ()
        return tuple(models.schedule(one) for one in found)

    def create_schedule(
        self, package: Package, name: str, cron: str, arguments: Mapping[str, object], mark: str
    ) -> Schedule:
        """One run at a time; what was missed is not caught up."""
        version, experiment_id = self._ready(package)
        schedule = api.V2beta1RecurringRun(
            experiment_id=experiment_id, display_name=name, description=f"{package.version}, made by {mark}",
            trigger=api.V2beta1Trigger(cron_schedule=api.V2beta1CronSchedule(cron=cron)),
            mode="ENABLE", max_concurrency="1",
            no_catchup=True,  # unset means that it does catch up
            **self._common(version, arguments),
        )  # fmt: skip

        def find() -> Any:
            ours = (one for one in self._list_schedules(experiment_id, name) if mark in (one.description or ""))
            return next(ours, None)

        create = self._recurring.recurring_run_service_create_recurring_run
        return models.schedule(self._connection.find_or_create(f"schedule {name}", find, lambda: create(schedule)))

    def enable_schedule(self, schedule_id: str, enabled: bool) -> None:
        """Resume or pause it."""
        recurring, verb = self._recurring, "resume" if enabled else "pause"
        resume, pause = (
            recurring.recurring_run_service_enable_recurring_run, recurring.recurring_run_service_disable_recurring_run,
        )  # fmt: skip
        act = resume if enabled else pause
        self._connection.ask(f"{verb} the schedule", lambda: act(schedule_id))

    def delete_schedule(self, schedule_id: str) -> None:
        """Remove it; that it is gone already is no error: an earlier reply may have been lost.

        Raises BusyError if a run that it has started goes on and the server would end that, too; then it is paused.
        """
        if not self._catalog.leaves_runs() and self._goes_on(schedule_id):
            self.enable_schedule(schedule_id, False)
            raise BusyError(
                f"The schedule {schedule_id} is paused and not deleted: a run that it has started goes on; servers "
                "before 2.16 delete that with it. Delete it when the run has ended."
            )

        def delete() -> None:
            try:
                # The default, and whatever a server before 2.16 is told, deletes the pods of its runs.
                self._recurring.recurring_run_service_delete_recurring_run(schedule_id, propagation_policy="ORPHAN")
            except Fault as met:
                if met.status != 404:
                    raise

        self._connection.ask("delete the schedule", delete)

    def _goes_on(self, schedule_id: str) -> bool:
        experiment = self._catalog.find_experiment()
        if experiment is None:
            return False
        listing = {"experiment_id": experiment.experiment_id, "sort_by": "created_at desc"}
        runs = self._connection.pages("list the runs", self._runs.run_service_list_runs, "runs", **listing)
        # One at a time, so that the one that goes on is among the newest.
        newest = islice(runs, PAGE)
        return any(one.recurring_run_id == schedule_id and models.progress(one).state not in ENDED for one in newest)

    def _ready(self, package: Package) -> tuple[Any, str]:
        self._catalog.server_version()
        return self._catalog.version(package), self._catalog.experiment().experiment_id

    def _common(self, version: Any, arguments: Mapping[str, object]) -> dict[str, Any]:
        root = self._server.pipeline_root or None
        return {
            "pipeline_version_reference": models.reference(version),
            "runtime_config": api.V2beta1RuntimeConfig(parameters=dict(arguments), pipeline_root=root),
            "service_account": self._server.service_account or None,
        }

    def _list_schedules(self, experiment_id: str, name: str | None) -> Iterator[Any]:
        listing = {"experiment_id": experiment_id, "sort_by": "created_at"}
        list_page = self._recurring.recurring_run_service_list_recurring_runs
        for one in self._connection.pages("list the schedules", list_page, "recurring_runs", **listing):
            if name is None or one.display_name == name:
                yield one
