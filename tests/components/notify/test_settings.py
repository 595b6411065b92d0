import pytest

from components import config
from components.errors import ConfigError
from pipelines.profiles import Profile


def profile(platform="local", machines=None, **notification):
    values = {"platform": platform, "notification": notification, "machines": machines or {}}
    return config.parse(Profile, values, "mine.yaml")


@pytest.mark.parametrize(
    ("notification", "finding"),
    [
        ({}, "say how: webhook_env, webhook_secret or command"),
        ({"webhook_env": "https://hooks.example.com/s3cret"}, "webhook_env is the NAME of an environment variable"),
        ({"webhook_secret": "https://hooks.example.com/s3cret"}, "webhook_secret is a NAME"),
        ({"webhook_env": "A", "webhook_secret": "projects/p/secrets/s/versions/1"}, "say one of them"),
        ({"command": ["mail"], "when": []}, "at least 1 item"),
        ({"command": ["mail"], "when": ["kept"]}, "'always', 'failed' or 'promoted'"),
    ],
)
def test_a_wrong_value_is_named_and_an_address_is_not_repeated(notification, finding):
    with pytest.raises(ConfigError) as raised:
        profile(**notification)
    assert finding in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_on_kubeflow_a_secret_of_notify_must_fill_the_variable():
    with pytest.raises(ConfigError, match="no secret fills WEBHOOK; say which one"):
        profile("kubeflow", webhook_env="WEBHOOK")
    machines = {"notify": {"secrets": [{"name": "webhook", "env": {"WEBHOOK": "url"}}]}}
    assert profile("kubeflow", machines, webhook_env="WEBHOOK").notification


def test_on_vertex_a_variable_is_refused_and_secret_manager_is_taken():
    with pytest.raises(ConfigError, match=r"nothing fills WEBHOOK on Vertex AI; .*notification\.webhook_secret"):
        profile("vertex", webhook_env="WEBHOOK")
    assert profile("vertex", webhook_secret="projects/p/secrets/s/versions/latest").notification


def test_one_hears_of_failures_and_promotions_unless_one_says_otherwise():
    assert profile(command=["mail"]).notification.when == ("failed", "promoted")
