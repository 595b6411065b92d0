"""What a server may answer before anything is done, and what a person is told."""

import base64
import json
import time

import pytest

from components.errors import ConfigError
from pipelines.server.errors import (
    AuthenticationError,
    ForbiddenError,
    NotOnServerError,
    ServerError,
    ServerTooOldError,
)
from pipelines.server.kubeflow import KubeflowServer


def condition(profile):
    return KubeflowServer.of(profile).condition()


def token(expires: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def test_a_server_says_its_version_and_whether_the_experiment_is_there(kfp, profile_of):
    found = condition(profile_of())
    assert (found.version, found.findings) == ("2.15.0", ["experiment brandlens will be made by the first run"])


def test_a_server_that_does_not_say_its_version_is_believed(kfp, profile_of):
    kfp.state.tag = "unknown"
    assert condition(profile_of()).version == ""


@pytest.mark.parametrize("tag", ["2.5.0", "v1.8.22"])
def test_an_old_server_is_refused_with_what_is_needed(kfp, profile_of, tag):
    kfp.state.tag = tag
    with pytest.raises(
        ServerTooOldError, match=f"is Kubeflow Pipelines {tag.lstrip('v')}; 2.14 or later is needed to hand"
    ):
        condition(profile_of())


def test_a_server_at_the_bar_is_taken(kfp, profile_of):
    kfp.state.tag = "2.14.0"
    assert condition(profile_of()).version == "2.14.0"


def test_an_address_without_the_api_is_said_to_be_old_or_to_lack_a_part(kfp, profile_of):
    with pytest.raises(ServerTooOldError, match="the address lacks a part"):
        condition(profile_of(endpoint=f"{kfp.endpoint}/elsewhere"))


def test_nobody_listening_is_a_question_about_endpoint_network_and_port_forward(kfp, profile_of):
    with pytest.raises(ServerError, match=r"cannot be reached \(.*refused\).*port-forward") as raised:
        condition(profile_of(endpoint="http://127.0.0.1:9"))
    assert raised.value.exit_code == 69


def test_a_name_that_nobody_has_is_not_tried_again(kfp, profile_of):
    with pytest.raises(ServerError, match="cannot be reached"):
        condition(profile_of(endpoint="http://nobody.invalid"))


def test_no_token_where_one_is_asked_for(kfp, profile_of):
    kfp.token = "secret"
    with pytest.raises(AuthenticationError, match=r"does not know who asks \(401\).*no server.auth") as raised:
        condition(profile_of())
    assert raised.value.exit_code == 77
    assert kfp.count("GET", "/healthz") == 1


@pytest.mark.parametrize("login_page", ["redirect", "page"])
def test_a_proxys_login_page_is_recognised(kfp, profile_of, login_page):
    kfp.token, kfp.login_page = "secret", login_page
    with pytest.raises(AuthenticationError, match="answered with a login page"):
        condition(profile_of())


def test_the_token_in_a_variable_opens_the_door_and_is_never_shown(kfp, profile_of, monkeypatch):
    kfp.token = "open-sesame"
    monkeypatch.setenv("KFP_TOKEN", "open-sesame")
    assert condition(profile_of({"token_env": "KFP_TOKEN"})).version
    monkeypatch.setenv("KFP_TOKEN", "open-barley")
    with pytest.raises(AuthenticationError, match=r"Asked with the token in \$KFP_TOKEN") as raised:
        condition(profile_of({"token_env": "KFP_TOKEN"}))
    assert "open-barley" not in str(raised.value)


def test_an_expired_token_is_called_expired(kfp, profile_of, monkeypatch):
    kfp.token = "another"
    monkeypatch.setenv("KFP_TOKEN", token(1_700_000_000))
    with pytest.raises(AuthenticationError, match=r"\$KFP_TOKEN expired at 2023-11-14 22:13:20 UTC"):
        condition(profile_of({"token_env": "KFP_TOKEN"}))


def test_a_token_that_is_refused_before_its_time_is_not_called_expired(kfp, profile_of, monkeypatch):
    kfp.token = "another"
    monkeypatch.setenv("KFP_TOKEN", token(time.time() + 3600))
    with pytest.raises(AuthenticationError, match="does not know who asks"):
        condition(profile_of({"token_env": "KFP_TOKEN"}))


def test_a_token_file_is_read_anew_for_every_request(kfp, profile_of, tmp_path):
    kfp.token = "first"
    (tmp_path / "token").write_text("first\n")
    server = KubeflowServer.of(profile_of({"token_file": str(tmp_path / "token")}))
    assert server.condition().version
    kfp.token = "second"
    (tmp_path / "token").write_text("second\n")
    assert server.condition().version


def test_in_a_cluster_the_projected_token_is_used(kfp, profile_of, monkeypatch, tmp_path):
    kfp.token = "projected"
    (tmp_path / "token").write_text("projected")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "token"))
    assert condition(profile_of({"in_cluster": True})).version


def test_cookies_of_a_login_are_sent(kfp, profile_of, monkeypatch):
    kfp.cookie = "authservice_session=abc"
    monkeypatch.setenv("KFP_COOKIES", "authservice_session=abc")
    assert condition(profile_of({"cookies_env": "KFP_COOKIES"})).version


@pytest.mark.parametrize("auth", [{"token_env": "KFP_NONE"}, {"cookies_env": "KFP_NONE"}])
def test_a_variable_that_is_not_set_is_named(kfp, profile_of, auth):
    with pytest.raises(AuthenticationError, match="names the variable KFP_NONE, which is not set"):
        condition(profile_of(auth))


def test_a_token_file_that_is_not_there_is_named(kfp, profile_of, tmp_path):
    with pytest.raises(AuthenticationError, match="absent cannot be read: No such file"):
        condition(profile_of({"token_file": str(tmp_path / "absent")}))


def test_where_there_are_several_namespaces_one_must_be_named(kfp, profile_of):
    kfp.state.namespaces = {"team"}
    with pytest.raises(ConfigError, match=r"server\.namespace: this server has several; name yours"):
        condition(profile_of())
    assert condition(profile_of(namespace="team")).version


def test_where_there_is_one_namespace_none_may_be_named(kfp, profile_of):
    with pytest.raises(ConfigError, match="leave it out"):
        condition(profile_of(namespace="team"))


def test_a_wrong_namespace_is_asked_about(kfp, profile_of):
    kfp.state.namespaces = {"team"}
    with pytest.raises(NotOnServerError, match=r"namespace taem not found Is server.namespace right \(now taem\)\?"):
        condition(profile_of(namespace="taem"))


def test_a_namespace_of_others_is_forbidden_and_said_to_be(kfp, profile_of):
    kfp.state.namespaces, kfp.state.readable = {"team", "others"}, {"team"}
    with pytest.raises(ForbiddenError, match=r"forbids it in namespace others \(403\)") as raised:
        condition(profile_of(namespace="others"))
    assert raised.value.exit_code == 77


def test_a_passing_fault_of_a_question_is_not_noticed(kfp, profile_of):
    kfp.fault("GET", "/healthz", status=500)
    kfp.fault("GET", "/experiments", cut=True)
    kfp.fault("GET", "/experiments", status=502)
    assert condition(profile_of()).version


def test_the_servers_own_time_to_wait_is_kept(kfp, profile_of, monkeypatch):
    waited = []
    kfp.fault("GET", "/healthz", status=429, headers={"Retry-After": "7"})
    server = KubeflowServer.of(profile_of())
    monkeypatch.setattr("pipelines.server.connection.LONGEST_WAIT_S", 60)
    monkeypatch.setattr(server._connection, "_pause", waited.append)
    server.condition()
    assert waited == [7.0]


def test_a_server_without_tls_is_told_from_one_that_is_not_there(kfp, profile_of):
    with pytest.raises(
        ServerError, match=r"cannot be reached \(.*wrong version number.*server\.ca_file; without any, say http://"
    ):
        condition(profile_of(endpoint=kfp.endpoint.replace("http:", "https:")))


def test_a_server_that_does_not_answer_is_asked_twice(kfp, profile_of):
    kfp.fault("GET", "/healthz", slow_s=1.5, times=9)
    with pytest.raises(ServerError, match="did not answer in time"):
        condition(profile_of(timeout_s=1))
    assert kfp.count("GET", "/healthz") == 2


def test_a_failing_server_is_not_blamed_on_an_expired_token(kfp, profile_of, monkeypatch):
    monkeypatch.setenv("KFP_TOKEN", token(1_700_000_000))
    kfp.fault("GET", "/healthz", status=500, times=9)
    with pytest.raises(ServerError, match=r"failed \(500\)"):
        condition(profile_of({"token_env": "KFP_TOKEN"}))
