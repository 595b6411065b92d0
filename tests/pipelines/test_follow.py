"""A run on a server, watched to its end."""

from io import StringIO

import pytest
from rich.console import Console

from components.config import TrainingConfig
from pipelines.follow import follow, gpu_hours
from pipelines.pod import Accelerator, Machine
from pipelines.profiles import Profile
from pipelines.server.backend import Task
from pipelines.submit import submit

MOMENT = 1_000.0


def watched(kfp, profile, console=None):
    server, started = submit(TrainingConfig(), profile)
    return follow(server, started, console or Console(file=StringIO()), pause=lambda _: None)


def test_the_steps_are_shown_as_they_end_and_nothing_else_of_the_graph(kfp, profile_of):
    kfp.state.tasks = [
        ("root-driver", "SUCCEEDED", 0, 1),
        ("ingest", "SUCCEEDED", 1, 3),
        ("tune", "SUCCEEDED", 5, 65),
        ("tune", "FAILED", 6, 9, "killed"),
        ("push", "SKIPPED", 0, None),
    ]
    text = StringIO()
    progress = watched(kfp, profile_of(), Console(file=text, width=100))
    assert progress.state == "succeeded"
    lines = [line.strip() for line in text.getvalue().splitlines()]
    assert lines == [
        "ingest ...", "✓ ingest  2.0 s", "tune ...", "✓ tune  60.0 s", "tune 2 ...", "✗ tune 2  3.0 s  killed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "state"),
    [
        (["PENDING", "RUNNING", "SUCCEEDED"], "succeeded"),
        (["RUNNING", "FAILED"], "failed"),
        (["CANCELING", "CANCELED"], "canceled"),
    ],
)
def test_it_ends_when_the_run_ends(kfp, profile_of, script, state):
    kfp.state.script = script
    assert watched(kfp, profile_of()).state == state
    assert kfp.count("GET", "/runs/[^/]+") == len(script)


def test_a_server_that_fails_for_a_moment_is_watched_on(kfp, profile_of):
    kfp.fault("GET", "/runs/[^/]+", status=503, times=2)
    kfp.fault("GET", "/runs/[^/]+", cut=True)
    assert watched(kfp, profile_of()).state == "succeeded"


def test_gpu_hours_are_those_of_the_tasks_that_have_gpus_by_their_number():
    gpus = Machine(accelerator=Accelerator(type="nvidia.com/gpu", count=2))
    profile = Profile(platform="kubeflow", machines={"tune": gpus})
    tasks = [
        Task("tune", "", "succeeded", MOMENT, MOMENT + 3600, ""),
        Task("tune", "2", "running", MOMENT, None, ""),
        Task("ingest", "", "succeeded", MOMENT, MOMENT + 3600, ""),
    ]
    assert gpu_hours(tasks, profile, now=MOMENT + 1800) == 3.0
