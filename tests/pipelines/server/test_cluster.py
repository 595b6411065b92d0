"""The library kubernetes against a server that speaks its API."""

import pytest
from kubernetes_http import KubernetesHttp
from rich_profile import KUBEFLOW

from pipelines.profiles import Profile
from pipelines.server import cluster

READY = {"spec": {"accessModes": ["ReadWriteMany"]}, "status": {"phase": "Bound"}}


@pytest.fixture
def kubernetes(tmp_path, monkeypatch):
    server = KubernetesHttp()
    monkeypatch.setenv("KUBECONFIG", server.kubeconfig(tmp_path / "kubeconfig"))
    yield server
    server.close()


@pytest.fixture
def complete(kubernetes):
    """A cluster that has all that the profile names."""
    kubernetes.put("namespaces", "team")
    for kind, name in (("serviceaccounts", "runner"), ("secrets", "webhook"), ("secrets", "registry")):
        kubernetes.put(kind, name, "team", data={"url": "czNjcmV0"})
    kubernetes.put("persistentvolumeclaims", "brandlens", "team", **READY)
    for number in range(5):
        allocatable = {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "2"}
        kubernetes.put("nodes", f"n{number}", labels={"spot": "true"}, spec={}, status={"allocatable": allocatable})
    return kubernetes


def look(**server):
    values = {**KUBEFLOW["server"], "namespace": "team", "service_account": "runner", **server}
    return [(one.state, one.text) for one in cluster.look(Profile.model_validate({**KUBEFLOW, "server": values}))]


def test_what_is_there_is_said_to_be_there(complete):
    assert look() == [
        ("there", "namespace team"),
        ("there", "serviceaccount runner"),
        ("there", "secret registry"),
        ("there", "secret webhook"),
        ("there", "persistentvolumeclaim brandlens"),
        ("note", "tune: 5 nodes now, 5 of them spot"),
        ("note", "train: 5 nodes now, 5 of them spot"),
    ]


def test_what_is_in_a_secret_does_not_leave_the_cluster(complete):
    look()
    asked = [brief for path, brief in complete.requests if "/secrets/" in path]
    assert asked == [True, True]


def test_all_pages_of_nodes_are_read(complete):
    look()
    assert sum(path == "/api/v1/nodes" for path, _ in complete.requests) == 3


@pytest.mark.parametrize(
    ("kind", "name", "thing"),
    [
        ("serviceaccounts", "runner", "serviceaccount runner"),
        ("secrets", "webhook", "secret webhook"),
        ("persistentvolumeclaims", "brandlens", "persistentvolumeclaim brandlens"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_shows_it(complete, kind, name, thing):
    del complete.objects[kind, "team", name]
    (missing,) = [text for state, text in look() if state == "missing"]
    assert missing.startswith(f"{thing}: not at {complete.endpoint}. Make it, or correct the profile: `kubectl -n team")


def test_a_missing_namespace_is_one_finding_and_no_more(kubernetes):
    assert [state for state, _ in look()] == ["missing"]
    assert len(kubernetes.requests) == 1


@pytest.mark.parametrize(
    ("kind", "thing"), [("nodes", "nodes"), ("secrets", "secret webhook"), ("namespaces", "namespace team")]
)
def test_what_one_may_not_ask_is_no_error_and_the_rest_is_asked(complete, kind, thing):
    complete.forbidden = {kind}
    found = look()
    assert [text for state, text in found if state == "not asked" and text.startswith(f"{thing}: you may not (403)")]
    assert len([state for state, _ in found if state == "there"]) >= 3
    assert not [state for state, _ in found if state == "missing"]


def test_a_cluster_that_does_not_know_who_asks_is_asked_once(complete, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", complete.kubeconfig(tmp_path / "expired", token="old"))
    ((state, text),) = look()
    assert state == "not asked"
    assert "does not know who asks (401): log in anew" in text


def test_a_cluster_that_is_away_is_said_to_be_away(complete):
    assert look(kube_context="nowhere") == [
        ("not asked", "the cluster at http://127.0.0.1:9 cannot be reached (NewConnectionError)")
    ]


def test_a_cluster_that_fails_is_not_asked_and_nothing_is_called_missing(complete):
    complete.broken = {"secrets": 500}
    assert (
        "not asked",
        f"secret webhook: the cluster at {complete.endpoint} answered 500 Internal Server Error",
    ) in look()


def test_without_a_cluster_there_is_a_remark(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert look() == [("not asked", "the cluster: no kubeconfig, and this is no pod")]


def test_a_context_that_the_kubeconfig_has_not_is_named(complete):
    assert look(kube_context="staging") == [
        ("not asked", "the cluster: no kubeconfig for the context staging, and this is no pod")
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"spec": {"accessModes": ["ReadWriteOnce"]}}, "ReadWriteOnce: tasks on other nodes wait for it"),
        ({"status": {"phase": "Pending"}}, "Pending, not bound to a volume"),
    ],
)
def test_a_claim_that_will_make_tasks_wait_is_remarked_on(complete, changes, text):
    complete.put("persistentvolumeclaims", "brandlens", "team", **{**READY, **changes})
    assert [said for state, said in look() if state == "note" and text in said]


def test_where_kubeflow_has_one_namespace_it_is_kubeflow_unless_one_says_otherwise(kubernetes):
    kubernetes.put("namespaces", "kubeflow")
    assert look(namespace="")[0] == ("there", "namespace kubeflow")
    kubernetes.put("namespaces", "pipelines")
    assert look(namespace="", kube_namespace="pipelines")[0] == ("there", "namespace pipelines")
