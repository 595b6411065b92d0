"""Asks the cluster itself for what a profile names: namespace, account, secrets, claims, nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipelines.pod import Machine
from pipelines.profiles import Profile, TaskName
from pipelines.server import nodes

TIMEOUT_S = (5, 20)  # to connect, to answer
PAGE = 500  # nodes of one answer
ALONE = "kubeflow"  # the namespace of the steps where Kubeflow has but one
# Of a secret only that it is there: what is in it does not leave the cluster.
METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


@dataclass(frozen=True)
class Finding:
    """One answer."""

    state: Literal["there", "missing", "note", "not asked"]
    text: str  # for a person: with what to do, where there is something


def look(profile: Profile) -> Iterator[Finding]:
    """One finding for each thing that the profile names; a cluster that cannot be asked is a finding, too."""
    configuration = _configuration(profile.server.kube_context)
    if configuration is None:
        chosen = f" for the context {profile.server.kube_context}" if profile.server.kube_context else ""
        yield Finding("not asked", f"the cluster: no kubeconfig{chosen}, and this is no pod")
        return
    yield from _Cluster(configuration, profile).findings()


def _configuration(context: str) -> Any:
    """What kubectl would use, else the account of the pod that this is; None if there is neither."""
    from kubernetes import client, config

    made = client.Configuration()
    try:
        # Named here, because the library reads the variable only once, when it is imported.
        config.load_kube_config(os.environ.get("KUBECONFIG"), context or None, made, persist_config=False)
    except config.ConfigException:
        try:
            config.load_incluster_config(made)
        except config.ConfigException:
            return None
    made.retries = False
    return made


class _Cluster:
    def __init__(self, configuration: Any, profile: Profile) -> None:
        from kubernetes import client

        brief = client.ApiClient(configuration)
        brief.set_default_header("Accept", METADATA_ONLY)
        self._brief, self._core = client.CoreV1Api(brief), client.CoreV1Api(client.ApiClient(configuration))
        self._host, self._profile = configuration.host, profile
        self._namespace = profile.server.kube_namespace or profile.server.namespace or ALONE

    def findings(self) -> Iterator[Finding]:
        namespace = self._namespace
        first = self._ask(f"namespace {namespace}", lambda: self._brief.read_namespace(namespace, **_PATIENCE))
        yield first
        if first.state == "missing" or first.text.startswith("the cluster"):
            return  # every further answer would be the same
        if account := self._profile.server.service_account:
            read = self._brief.read_namespaced_service_account
            yield self._ask(f"serviceaccount {account}", lambda: read(account, namespace, **_PATIENCE))
        for name in sorted({secret.name for machine in self._machines() for secret in machine.secrets}):
            yield self._named(f"secret {name}", self._brief.read_namespaced_secret, name)
        for name in sorted({volume.claim for machine in self._machines() for volume in machine.volumes}):
            yield self._named(f"persistentvolumeclaim {name}", self._core.read_namespaced_persistent_volume_claim, name)
        yield from self._nodes()

    def _machines(self) -> list[Machine]:
        return [self._profile.machine_of(task) for task in get_args(TaskName)]

    def _named(self, thing: str, read: Callable[..., Any], name: str) -> Finding:
        return self._ask(thing, lambda: read(name, self._namespace, **_PATIENCE))

    def _ask(self, thing: str, request: Callable[[], Any]) -> Finding:
        """Whether a thing of the namespace is there."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return _judged(thing, request())
        except ApiException as error:
            return self._refused(thing, error)
        except HTTPError as error:
            return Finding("not asked", f"the cluster at {self._host} cannot be reached ({type(error).__name__})")

    def _refused(self, thing: str, error: Any) -> Finding:
        kubectl = f"kubectl -n {self._namespace} get {thing}" if " " in thing else f"kubectl get {thing}"
        if error.status == 404:
            return Finding("missing", f"{thing}: not at {self._host}. Make it, or correct the profile: `{kubectl}`")
        if error.status == 401:
            return Finding(
                "not asked", f"the cluster at {self._host} does not know who asks (401): log in anew, for instance "
                "`gcloud container clusters get-credentials ...`, or name another server.kube_context",
            )  # fmt: skip
        if error.status == 403:
            return Finding("not asked", f"{thing}: you may not (403). Someone who may: `{kubectl}`")
        return Finding("not asked", f"{thing}: the cluster at {self._host} answered {error.status} {error.reason}")

    def _nodes(self) -> Iterator[Finding]:
        found: list[Any] = []

        def collect() -> None:
            token = None
            while token != "":
                page = self._core.list_node(limit=PAGE, _continue=token, **_PATIENCE)
                found.extend(page.items)
                token = page.metadata._continue or ""

        asked = self._ask("nodes", collect)
        if asked.state != "there":
            yield asked
            return
        for remark in nodes.remarks(self._profile, found):
            yield Finding("note", remark)


_PATIENCE = {"_request_timeout": TIMEOUT_S}


def _judged(thing: str, found: Any) -> Finding:
    """There; but a claim may not be bound, or be of a kind that only one node at a time may mount."""
    spec, status = getattr(found, "spec", None), getattr(found, "status", None)
    modes = getattr(spec, "access_modes", None)
    if modes and "ReadWriteMany" not in modes:
        return Finding(
            "note", f"{thing}: {', '.join(modes)}: tasks on other nodes wait for it. ReadWriteMany serves them all"
        )
    phase = getattr(status, "phase", None)
    if modes and phase != "Bound":
        return Finding("note", f"{thing}: {phase}, not bound to a volume (yet)")
    return Finding("there", thing)
