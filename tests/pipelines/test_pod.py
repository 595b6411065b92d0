import pytest
from pydantic import ValidationError

from components import config
from components.errors import ConfigError
from pipelines.pod import Machine, Secret, Spot
from pipelines.profiles import Profile

SPOT = {"node_selector": {"spot": "true"}}


def test_a_spot_node_is_preferred_unless_it_is_demanded():
    assert Spot(**SPOT).fallback


def test_a_secret_must_go_somewhere():
    with pytest.raises(ValidationError, match="say where it goes"):
        Secret(name="webhook")


@pytest.mark.parametrize(
    ("secret", "finding"),
    [
        ({"name": "https://hooks.example.com/s3cret", "mount": "/x"}, "name is the NAME of a secret"),
        ({"name": "webhook", "env": {"WEBHOOK": "https://hooks.example.com/s3cret"}}, "the NAME of a key"),
        ({"name": "webhook", "env": {"s3cret=": "url"}}, "the NAME of a variable"),
    ],
)
def test_a_secret_in_the_place_of_its_name_is_refused_and_not_repeated(secret, finding):
    with pytest.raises(ConfigError) as raised:
        config.parse(Profile, {"platform": "kubeflow", "machine": {"secrets": [secret]}}, "mine.yaml")
    assert finding in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "twice"),
    [
        ({"volumes": [{"claim": "a", "mount": "/data"}, {"claim": "b", "mount": "/data/"}]}, "/data"),
        ({"volumes": [{"claim": "a", "mount": "/s"}], "secrets": [{"name": "b", "mount": "/s"}]}, "/s"),
        ({"secrets": [{"name": "a", "env": {"X": "k"}}, {"name": "b", "env": {"X": "k"}}]}, "X"),
    ],
)
def test_a_folder_or_a_variable_that_is_filled_twice_is_refused(fields, twice):
    with pytest.raises(ValidationError, match=f"{twice}: filled twice"):
        Machine(**fields)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"spot": SPOT}, "a step of a pipeline has no scheduling strategy on Vertex AI"),
        ({"volumes": [{"claim": "data", "mount": "/data"}]}, "use gs://bucket"),
        ({"secrets": [{"name": "webhook", "env": {"WEBHOOK": "url"}}]}, "Secret Manager"),
    ],
)
def test_what_vertex_has_not_is_refused_with_the_reason(fields, reason):
    with pytest.raises(ValidationError, match=rf"only platform kubeflow can give these, not vertex; .*{reason}"):
        Profile.model_validate({"platform": "vertex", "machines": {"train": fields}})
