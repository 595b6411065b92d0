"""What a person sees of a profile that is checked."""

import pytest
import yaml
from kubernetes_http import KubernetesHttp

from components.errors import ConfigError


def test_a_profile_is_checked_with_its_server(kfp, brandlens):
    shown = brandlens("profile", "check", "kubeflow").stdout
    assert "kubeflow is in order." in shown
    assert "no registry" in shown
    assert "The server answers: kubeflow 2.15.0" in shown
    assert "experiment brandlens will be made by the first run" in shown


def test_a_local_profile_has_no_server_to_ask(kfp, brandlens):
    assert brandlens("profile", "check", "local").stdout.strip() == "local is in order."
    assert kfp.requests == []


def test_a_profile_that_is_wrong_is_not_asked_about(kfp, brandlens, tmp_path):
    (tmp_path / "mine.yaml").write_text("platform: kubeflow\nserver: {endpoint: here}\n")
    with pytest.raises(ConfigError, match=r"server\.endpoint"):
        brandlens("profile", "check", str(tmp_path / "mine.yaml"))
    assert kfp.requests == []


def test_without_a_cluster_the_check_goes_on_and_says_so(kfp, brandlens):
    shown = brandlens("profile", "check", "kubeflow")
    assert "not asked: the cluster: no kubeconfig, and this is no pod" in shown.stdout
    assert shown.exit_code == 0


@pytest.fixture
def mine(kfp, brandlens, monkeypatch, tmp_path):
    """(a cluster with its namespace and no account, a profile that names both)."""
    cluster = KubernetesHttp()
    cluster.put("namespaces", "kubeflow")
    monkeypatch.setenv("KUBECONFIG", cluster.kubeconfig(tmp_path / "kubeconfig"))
    values = {"platform": "kubeflow", "server": {"service_account": "runner"}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(values))
    yield cluster, str(tmp_path / "mine.yaml")
    cluster.close()


def test_what_the_cluster_has_not_ends_the_check_with_the_code_of_a_wrong_profile(kfp, brandlens, mine):
    with pytest.raises(ConfigError, match="serviceaccount runner: not at") as raised:
        brandlens("profile", "check", mine[1])
    assert raised.value.exit_code == 78
    assert kfp.count("GET", "/healthz") == 1  # the server was asked nevertheless


def test_a_cluster_that_has_all_ends_it_well(brandlens, mine):
    mine[0].put("serviceaccounts", "runner", "kubeflow")
    shown = brandlens("profile", "check", mine[1])
    assert "there: serviceaccount runner" in shown.stdout
    assert shown.exit_code == 0


def test_the_cluster_may_be_left_alone(brandlens, mine):
    assert brandlens("profile", "check", "--no-cluster", mine[1]).exit_code == 0
    assert mine[0].requests == []
