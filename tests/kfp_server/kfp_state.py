"""What a Kubeflow Pipelines server keeps, and the rules by which it refuses: by models of kfp_server_api and protobuf.

Rules follow the API server's source (backend/src/apiserver of kubeflow/pipelines, 2.14 and later).
"""

import itertools
import json
import re
import uuid
from datetime import datetime, timedelta, timezone

import kfp_server_api as api
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
GO_ZERO = datetime(1, 1, 1, tzinfo=timezone.utc)  # what the server says where there is no time yet
SERIAL = api.ApiClient()
as_json = json_format.MessageToDict


class Refusal(Exception):  # noqa: N818
    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message

    def body(self):
        return {"error": self.message, "code": 13, "message": self.message, "details": []}


class UploadRefusal(Refusal):
    """Uploads have a handler of their own, which words its errors in its own way and knows neither 403 nor 404."""

    def body(self):
        return {"error_message": self.message, "error_details": self.message}


class _Reply:
    """What the generated client's deserialiser reads from."""

    def __init__(self, data):
        self.data = data


def read(body, model):
    """A JSON body as a model; a key that the model does not know is refused, as protojson does."""
    value = SERIAL.deserialize(_Reply(body), model)
    unknown = set(json.loads(body)) - set(value.attribute_map.values())
    if unknown:
        raise Refusal(400, f"unknown field {sorted(unknown)[0]!r}")
    return value


def write(value):
    return json.dumps(SERIAL.sanitize_for_serialization(value)).encode()


class State:
    def __init__(self):
        self.namespaces = None  # None: a server for one user
        self.readable = None  # namespaces that the person may use; None: all
        self.tag = "2.15.0"
        self.page_limit = 100
        self.pipelines, self.versions, self.experiments = {}, {}, {}
        self.runs, self.recurring, self.specs = {}, {}, {}
        self.script = ["PENDING", "RUNNING", "SUCCEEDED"]  # states of a run, one for each time it is asked
        self.tasks = []  # (step, state, seconds from the run's start, seconds to its end or None, error)
        self._asked = {}
        self._seconds = itertools.count()

    def _now(self):
        return EPOCH + timedelta(seconds=next(self._seconds))

    def health(self):
        return {"commit_sha": "abc", "tag_name": self.tag, "multi_user": self.namespaces is not None,
                "pipeline_store": "database"}  # fmt: skip

    def _in_namespace(self, namespace):
        if self.namespaces is None:
            if namespace:
                raise Refusal(400, "In single-user mode, the namespace must be empty")
            return
        if not namespace:
            raise Refusal(400, "A namespace must be given in multi-user mode")
        if namespace not in self.namespaces:
            raise Refusal(404, f"namespace {namespace} not found")
        if self.readable is not None and namespace not in self.readable:
            raise Refusal(403, f"User is not authorized with reason: cannot list in namespace {namespace}")

    def _unique(self, things, name, kind, same=lambda _: True):
        if any(one.display_name == name and same(one) for one in things.values()):
            raise Refusal(409, f"{kind} {name} already exist. Please specify a new name")

    def create_experiment(self, body):
        new = read(body, "V2beta1Experiment")
        self._in_namespace(new.namespace)
        self._unique(self.experiments, new.display_name, "Experiment")
        new.experiment_id, new.created_at = str(uuid.uuid4()), self._now()
        return self.experiments.setdefault(new.experiment_id, new)

    def create_pipeline(self, body):
        new = read(body, "V2beta1Pipeline")
        self._in_namespace(new.namespace)
        self._unique(self.pipelines, new.display_name, "Pipeline")
        new.pipeline_id, new.created_at = str(uuid.uuid4()), self._now()
        return self.pipelines.setdefault(new.pipeline_id, new)

    def upload_version(self, package, name, pipelineid):
        try:
            self._found(self.pipelines, pipelineid, "Pipeline")
            self._unique(self.versions, name, "Pipeline version", lambda one: one.pipeline_id == pipelineid)
            spec, platform = parse_package(package)
        except Refusal as refusal:
            raise UploadRefusal(409 if refusal.status == 409 else 400, refusal.message) from refusal
        new = api.V2beta1PipelineVersion(
            pipeline_id=pipelineid, pipeline_version_id=str(uuid.uuid4()), display_name=name, created_at=self._now(),
            pipeline_spec={"pipeline_spec": as_json(spec), "platform_spec": as_json(platform)},
        )  # fmt: skip
        self.specs[new.pipeline_version_id] = spec, platform
        return self.versions.setdefault(new.pipeline_version_id, new)

    def get_version(self, version_id):
        return self._found(self.versions, version_id, "Pipeline version")

    def create_run(self, body):
        new = read(body, "V2beta1Run")
        self._found(self.experiments, new.experiment_id, "Experiment")
        self._check_arguments(new)
        new.run_id, new.created_at, new.state = str(uuid.uuid4()), self._now(), "PENDING"
        return self.runs.setdefault(new.run_id, new)

    def get_run(self, run_id):
        run = self._found(self.runs, run_id, "Run")
        at = self._asked[run_id] = self._asked.get(run_id, -1) + 1
        run.state = self.script[min(at, len(self.script) - 1)]
        details = [_detail(run, *task) for task in self.tasks]
        run.run_details = api.V2beta1RunDetails(task_details=details)
        return run

    def terminate_run(self, run_id):
        self._found(self.runs, run_id, "Run").state = "CANCELING"
        return {}

    def create_recurring(self, body):
        new = read(body, "V2beta1RecurringRun")
        self._found(self.experiments, new.experiment_id, "Experiment")
        self._check_arguments(new)
        if not 1 <= int(new.max_concurrency) <= 10:
            raise Refusal(400, "The max concurrency must be between 1 and 10")
        # As the server's parser does: five fields are taken for six without the weekday.
        if len(new.trigger.cron_schedule.cron.split()) not in (5, 6):
            raise Refusal(400, "Schedule cron is not a supported format")
        new.recurring_run_id, new.created_at = str(uuid.uuid4()), self._now()
        new.status = "ENABLED" if new.mode == "ENABLE" else "DISABLED"
        return self.recurring.setdefault(new.recurring_run_id, new)

    def switch_recurring(self, recurring_run_id, status):
        self._found(self.recurring, recurring_run_id, "Recurring run").status = status
        return {}

    def fire(self, recurring_run_id):
        """Start the run of a schedule, as the scheduler does."""
        due = self._found(self.recurring, recurring_run_id, "Recurring run")
        run = api.V2beta1Run(
            run_id=str(uuid.uuid4()), experiment_id=due.experiment_id, recurring_run_id=recurring_run_id,
            display_name=f"{due.display_name}-{len(self.runs)}", created_at=self._now(), state="RUNNING",
        )  # fmt: skip
        return self.runs.setdefault(run.run_id, run)

    def delete_recurring(self, recurring_run_id, query):
        self._found(self.recurring, recurring_run_id, "Recurring run")
        del self.recurring[recurring_run_id]
        # Kubernetes deletes what belongs to a deleted object; the choice came with 2.16, earlier servers ignore it.
        chosen = query.get("propagation_policy") if self._minor() >= 16 else None
        for run in self.runs.values():
            if run.recurring_run_id == recurring_run_id and run.state == "RUNNING" and chosen != "ORPHAN":
                run.state = "FAILED"
        return {}

    def _minor(self):
        found = re.match(r"2\.(\d+)", self.tag)
        return int(found[1]) if found else 0

    def page(self, things, key, model, query, keep=lambda _: True):
        chosen = [one for one in things.values() if keep(one) and _matches(one, query.get("filter"))]
        begin = int(query.get("page_token") or 0)
        end = begin + min(int(query.get("page_size") or 10), self.page_limit)
        token = str(end) if end < len(chosen) else ""
        return getattr(api, model)(**{key: chosen[begin:end]}, total_size=len(chosen), next_page_token=token)

    def list_experiments(self, query):
        self._in_namespace(query.get("namespace"))
        return self.page(self.experiments, "experiments", "V2beta1ListExperimentsResponse", query)

    def list_pipelines(self, query):
        self._in_namespace(query.get("namespace"))
        return self.page(self.pipelines, "pipelines", "V2beta1ListPipelinesResponse", query)

    def list_versions(self, query, pipeline_id):
        self._found(self.pipelines, pipeline_id, "Pipeline")
        return self.page(self.versions, "pipeline_versions", "V2beta1ListPipelineVersionsResponse", query,
                         lambda one: one.pipeline_id == pipeline_id)  # fmt: skip

    def list_runs(self, query):
        runs = dict(reversed(self.runs.items())) if query.get("sort_by") == "created_at desc" else self.runs
        return self.page(runs, "runs", "V2beta1ListRunsResponse", query,
                         lambda one: one.experiment_id == query["experiment_id"])  # fmt: skip

    def list_recurring(self, query):
        return self.page(self.recurring, "recurring_runs", "V2beta1ListRecurringRunsResponse", query,
                         lambda one: one.experiment_id == query["experiment_id"])  # fmt: skip

    @staticmethod
    def _found(things, identity, kind):
        if identity not in things:
            raise Refusal(404, f"{kind} {identity} not found")
        return things[identity]

    def _check_arguments(self, new):
        """As validatePipelineJobInputs of the API server does."""
        reference = new.pipeline_version_reference
        self._found(self.versions, reference.pipeline_version_id, "Pipeline version")
        spec, _ = self.specs[reference.pipeline_version_id]
        known, given = spec.root.input_definitions.parameters, new.runtime_config.parameters or {}
        if extra := set(given) - set(known):
            raise Refusal(400, f"parameter(s) provided are not required by pipeline: {', '.join(sorted(extra))}")
        for name, parameter in known.items():
            if name not in given and not parameter.is_optional and not parameter.HasField("default_value"):
                raise Refusal(400, f"parameter {name} is not optional, yet has neither default value nor value")
            if name in given and parameter.parameter_type == 3 and not isinstance(given[name], str):
                raise Refusal(400, f"input parameter {name} requires type string")


def parse_package(package):
    """Both documents through protobuf, or Refusal."""
    try:
        documents = [document for document in yaml.safe_load_all(package) if document]
        spec = json_format.ParseDict(documents[0], pipeline_spec_pb2.PipelineSpec())
        platform = json_format.ParseDict(documents[1] if documents[1:] else {}, pipeline_spec_pb2.PlatformSpec())
    except (yaml.YAMLError, json_format.ParseError, IndexError) as error:
        raise Refusal(400, f"invalid v2 pipeline spec: {error}") from error
    if spec.schema_version != "2.1.0":
        raise Refusal(400, f"KFP only supports schema version 2.1.0, got {spec.schema_version}")
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", spec.pipeline_info.name):
        raise Refusal(400, "invalid v2 pipeline spec: name")
    return spec, platform


def _matches(one, text):
    predicates = json.loads(text)["predicates"] if text else []
    if any(predicate["operation"] != "EQUALS" for predicate in predicates):
        raise Refusal(400, "operation not supported here")
    return all(getattr(one, predicate["key"]) == predicate["stringValue"] for predicate in predicates)


def _detail(run, step, state, start_s, end_s, error=""):
    return api.V2beta1PipelineTaskDetail(
        run_id=run.run_id, task_id=str(uuid.uuid4()), display_name=step, state=state,
        start_time=run.created_at + timedelta(seconds=start_s),
        end_time=GO_ZERO if end_s is None else run.created_at + timedelta(seconds=end_s),
        error=api.GoogleRpcStatus(code=2, message=error) if error else None,
    )  # fmt: skip
