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
