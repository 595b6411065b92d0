"""Our commands on a server: the same facts of the stand-in, always, and of a real one by `make test-kfp-server`.

A run counts as accepted when the server has compiled the package to a workflow and Kubernetes has taken that: before,
a server creates no run. Its steps are not waited for: they would need images and pictures.
"""

import re
import secrets

import pytest

from pipelines.server import backend
from pipelines.server.backend import Package
from pipelines.server.errors import RefusedError
from pipelines.server.needs import OLDEST

NEW_YEAR, LEAP_DAY = "0 0 0 1 1 *", "0 0 0 29 2 *"  # nothing fires while we look


@pytest.fixture(scope="module")
def submitted(place):
    """(link, name) of a run that was started."""
    name = f"accepted-{secrets.token_hex(3)}"
    return place.run("submit", "--name", name).stdout.strip(), name


def test_the_server_is_new_enough_and_says_so(place):
    shown = place.run_check()
    version = re.search(r"The server answers: kubeflow (\d+)\.(\d+)", shown)
    assert version, shown
    assert (int(version[1]), int(version[2])) >= OLDEST


def test_the_package_is_accepted_and_a_run_of_it_created(place, submitted):
    link, name = submitted
    (run,) = [one for one in place.runs() if one.display_name == name]
    assert link.endswith(f"/#/runs/details/{run.run_id}")
    assert run.runtime_config.parameters == {"raw": "gs://nobody/raw", "data_root": "gs://nobody/root"}


def test_a_run_is_started_once_however_often_it_is_asked_for(place, submitted):
    link, name = submitted
    assert place.run("submit", "--name", name).stdout.strip() == link
    assert [one.display_name for one in place.runs()].count(name) == 1


def test_the_server_has_both_documents_of_the_package(place, submitted):
    (run,) = [one for one in place.runs() if one.display_name == submitted[1]]
    stored = place.version(run.pipeline_version_reference).pipeline_spec
    assert stored["pipeline_spec"]["pipelineInfo"]["name"] == "brandlens-training"
    executors = stored["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(executors) == set(stored["pipeline_spec"]["deploymentSpec"]["executors"])


def test_a_run_says_how_it_is_in_words_that_we_know(place, submitted):
    (run,) = [one for one in place.runs() if one.display_name == submitted[1]]
    assert place.server.progress(run.run_id).state in ("pending", "running", *backend.ENDED)


def test_a_package_that_the_server_cannot_read_is_refused_in_its_words(place, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("pipelineInfo: {name: other}\nroot: {dag: {tasks: {}}}\nschemaVersion: 9.9.9\n")
    with pytest.raises(RefusedError, match=r"refused the request \(400\)\. It said: .*9\.9\.9"):
        place.server.start(Package(other, f"other-{secrets.token_hex(3)}"), "never", {})


def test_a_parameter_that_the_package_does_not_have_is_refused(place, submitted, tmp_path):
    (run,) = [one for one in place.runs() if one.display_name == submitted[1]]
    version = place.version(run.pipeline_version_reference).display_name
    with pytest.raises(RefusedError, match=r"\(400\).*nonsense"):
        place.server.start(Package(tmp_path / "is-there-already", version), "never", {"nonsense": "1"})
    assert "never" not in [one.display_name for one in place.runs()]


def test_a_schedule_is_made_listed_paused_resumed_replaced_and_deleted(place):
    first = place.run("schedule", "create", NEW_YEAR).stdout.strip()
    (made,) = place.server.schedules()
    assert (made.schedule_id, made.cron, made.enabled) == (first, NEW_YEAR, True)
    place.run("schedule", "pause", first)
    assert [one.enabled for one in place.server.schedules()] == [False]
    place.run("schedule", "resume", first)
    assert [one.enabled for one in place.server.schedules()] == [True]
    second = place.run("schedule", "create", LEAP_DAY).stdout.strip()
    assert [(one.schedule_id, one.cron) for one in place.server.schedules()] == [(second, LEAP_DAY)]
    place.run("schedule", "delete", second)
    assert place.server.schedules() == ()


def test_the_same_schedule_again_changes_nothing(place):
    first = place.run("schedule", "create", NEW_YEAR, "--name", "twice").stdout.strip()
    again = place.run("schedule", "create", NEW_YEAR, "--name", "twice").stdout.strip()
    assert again == first
