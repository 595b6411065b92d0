import pytest

from components.errors import ConfigError
from pipelines import profiles
from pipelines.profiles import Profile
from pipelines.server.profile import Server


def profile_from(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)
    return profiles.load(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize(
    ("server", "finding"),
    [
        ("endpoint: ml-pipeline:8888", "server.endpoint: must start with https:// or http://"),
        ("time_zone: Europe/Bonn", "server.time_zone: must be a name of the time zone database"),
        ("auth: {token_env: A, token_file: b}", "server.auth: token_env and token_file: say one of them"),
        ("labels: {Team: vision}", "server.labels: Team: lower-case letters"),
        ("token: abc", "server.token: unknown key"),
        ("project: p", "server.project: means nothing on platform kubeflow"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, server, finding):
    with pytest.raises(ConfigError) as raised:
        profile_from(tmp_path, f"platform: kubeflow\nserver: {{{server}}}\n")
    assert finding in str(raised.value)


@pytest.mark.parametrize("key", ["token_env", "cookies_env"])
def test_a_secret_in_the_place_of_its_name_is_refused_and_not_repeated(tmp_path, key):
    with pytest.raises(ConfigError) as raised:
        profile_from(tmp_path, f"platform: kubeflow\nserver: {{auth: {{{key}: 'eyJhbGci.eyJz-dWI.c2ln'}}}}\n")
    assert f"{key} is the NAME of an environment variable" in str(raised.value)
    assert "eyJ" not in str(raised.value)


def test_what_only_kubeflow_has_is_refused_on_vertex_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"server.auth, server.namespace: means nothing on platform vertex"):
        profile_from(tmp_path, "platform: vertex\nserver: {namespace: team, auth: {in_cluster: true}}\n")


def test_utc_needs_no_time_zone_database(monkeypatch):
    monkeypatch.setattr("pipelines.server.profile.ZoneInfo", None)
    assert Server(time_zone="UTC").time_zone == "UTC"


def test_images_without_a_registry_and_places_without_a_bucket_are_remarked_on():
    assert profiles.remarks(profiles.load("kubeflow"))[1:] == [
        "raw: empty; each run must name it", "data_root: empty; each run must name it",
    ]  # fmt: skip
    images = profiles.Images(data="registry/data:1", gpu="registry/gpu:1")
    assert profiles.remarks(Profile(platform="kubeflow", raw="gs://b/r", data_root="gs://b/d", images=images)) == []
