"""What is said before a run in containers starts; the runs themselves are tests/containers."""

import gc
from pathlib import Path

import pytest

from components import containers
from components.errors import InputError, UnavailableError
from pipelines import docker_runner, local

BOTH = (containers.DATA, containers.GPU)


def test_raw_images_in_a_bucket_are_refused():
    with pytest.raises(InputError, match="a folder of this machine, not gs://bucket/raw"):
        docker_runner.check("gs://bucket/raw", BOTH)


# The docker package drops a socket that could not connect without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(UnavailableError, match=r"No container engine answers at unix://.*nobody\.sock"):
        docker_runner.check(str(tmp_path), BOTH)
    gc.collect()  # now, not in another test


def test_a_step_has_less_time_to_leave_its_record_than_the_run_has_to_end():
    assert docker_runner.PATIENCE_S < local.GRACE_S


class Engine:
    """Remembers what it was asked to run."""

    def __init__(self):
        self.containers = self

    def create(self, image, command, **arguments):
        self.asked = arguments
        return self

    def start(self):
        pass

    def logs(self, **_):
        return iter([b"done"])

    def wait(self):
        return {"StatusCode": 3}

    def remove(self, force):
        pass


def test_a_step_with_variables_of_its_own_has_those_of_every_step_too():
    engine, everywhere = Engine(), {"BRANDLENS_RUN_ID": "r1", "HOME": "/tmp"}
    run = docker_runner.run_container
    assert run(engine, "data", ["true"], {}, everywhere=everywhere, environment={"HOME": "/x", "TOLD": "1"}) == 3
    assert engine.asked["environment"] == {"BRANDLENS_RUN_ID": "r1", "HOME": "/x", "TOLD": "1"}


def test_a_variable_is_handed_to_the_steps_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from kfp.local import docker_task_handler

    monkeypatch.setattr(docker_task_handler, "run_docker_container", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("WEBHOOK", "https://hooks.example.com")
    (tmp_path / "run" / "logs").mkdir(parents=True)
    docker_runner.runner(tmp_path / "run", str(tmp_path), [], tmp_path / "none", ["WEBHOOK", "NOBODY"])
    everywhere = docker_task_handler.run_docker_container.keywords["everywhere"]
    assert everywhere["WEBHOOK"] == "https://hooks.example.com"
    assert everywhere["BRANDLENS_RUN_ID"] == "run"
    assert "NOBODY" not in everywhere
