"""What is said before a run in containers starts; the runs themselves are tests/containers."""

import gc
from pathlib import Path

import pytest

from components import containers
from components.errors import UnavailableError
from pipelines import docker_runner, local
from pipelines.container_inputs import Inputs

BOTH = (containers.DATA, containers.GPU)


# The docker package drops a socket that could not connect without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(UnavailableError, match=r"No container engine answers at unix://.*nobody\.sock"):
        docker_runner.check(BOTH)
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
    docker_runner.runner(tmp_path / "run", str(tmp_path), Inputs(), tmp_path / "none", ["WEBHOOK", "NOBODY"])
    everywhere = docker_task_handler.run_docker_container.keywords["everywhere"]
    assert everywhere["WEBHOOK"] == "https://hooks.example.com"
    assert everywhere["BRANDLENS_RUN_ID"] == "run"
    assert "NOBODY" not in everywhere


def test_inputs_are_mounted_read_only_beside_the_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from kfp.local import docker_task_handler

    monkeypatch.setattr(docker_task_handler, "run_docker_container", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "run" / "logs").mkdir(parents=True)
    inputs = Inputs(("/photos", "/asked/takedown.txt"), {"TFDS_DATA_DIR": "/photos"})
    made = docker_runner.runner(tmp_path / "run", str(tmp_path), inputs, tmp_path / "none")
    mounts = {mount["Target"]: (mount["Source"], mount["ReadOnly"]) for mount in made.container_run_args["mounts"]}
    assert mounts["/photos"] == ("/photos", True)
    assert mounts["/asked/takedown.txt"] == ("/asked/takedown.txt", True)
    assert mounts[str(tmp_path)] == (str(tmp_path), False)
    assert docker_task_handler.run_docker_container.keywords["everywhere"]["TFDS_DATA_DIR"] == "/photos"
