"""A run on a server, watched to its end."""

from io import StringIO

import pytest
from rich.console import Console

from components.config import TrainingConfig
from components.standing import Standing, Teller
from pipelines import display
from pipelines.follow import cost_note, follow, gpu_hours, told
from pipelines.pod import Accelerator, Machine
from pipelines.profiles import Profile
from pipelines.server.backend import Task
from pipelines.submit import submit

MOMENT = 1_000.0


def watched(kfp, profile, console=None, data_root="/nowhere", pause=lambda _: None):
    server, started = submit(TrainingConfig(), profile)
    return follow(server, started, console or Console(file=StringIO()), profile, data_root, pause)


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


def test_what_a_step_tells_below_the_data_root_is_shown_while_it_runs(kfp, profile_of, tmp_path, monkeypatch):
    kfp.state.tasks = [("tune", "RUNNING", 5, None)]
    kfp.state.script = ["RUNNING", "RUNNING", "SUCCEEDED"]
    boards = []
    shown = display.shown
    monkeypatch.setattr(display, "shown", lambda board, console: boards.append(board) or shown(board, console))

    def pause(_seconds):
        run_id = next(iter(kfp.state.runs))
        teller = Teller(str(tmp_path), run_id, "tune", "xception", 5.0)
        teller.tell({"done": 3, "total": 10, "unit": "trials", "best": 0.9, "text": "head_width 128"}, 0.0)

    watched(kfp, profile_of(), data_root=str(tmp_path), pause=pause)
    (row,) = boards[0].rows.values()
    assert row.progress["best"] == 0.9
    assert row.progress["text"] == "xception: head_width 128"


def test_rounds_that_run_and_what_is_told_are_matched_in_order_of_start():
    tasks = [
        Task("tune", "", "succeeded", MOMENT, MOMENT + 9, ""),
        Task("tune", "2", "running", MOMENT + 1, None, ""),
        Task("tune", "3", "running", MOMENT + 2, None, ""),
        Task("train", "", "running", MOMENT + 3, None, ""),
    ]
    standings = [
        Standing(step="tune", item="vgg16", started=1.0, told=4.0, values={"done": 1}),
        Standing(step="tune", item="xception", started=2.0, told=5.0, values={"done": 2, "text": "features"}),
    ]
    said = [(event["step"], event["item"], event["done"], event["text"]) for event in told(tasks, standings)]
    assert said == [("tune", "2", 1, "vgg16"), ("tune", "3", 2, "xception: features")]


def test_the_cost_so_far_is_noted_where_there_is_a_price():
    gpu = {"tune": Machine(accelerator=Accelerator(type="nvidia.com/gpu"))}
    tasks = [Task("tune", "", "running", MOMENT, None, "")]
    priced = Profile(platform="kubeflow", machines=gpu, price_per_gpu_hour=0.5)
    assert cost_note(tasks, priced, MOMENT + 7200) == "2.00 GPU hours, about 1.00"
    assert cost_note(tasks, Profile(platform="kubeflow", machines=gpu), MOMENT + 7200) == "2.00 GPU hours"
    assert cost_note(tasks, Profile(platform="kubeflow"), MOMENT + 7200) == ""


def test_gpu_hours_are_those_of_the_tasks_that_have_gpus_by_their_number():
    gpus = Machine(accelerator=Accelerator(type="nvidia.com/gpu", count=2))
    profile = Profile(platform="kubeflow", machines={"tune": gpus})
    tasks = [
        Task("tune", "", "succeeded", MOMENT, MOMENT + 3600, ""),
        Task("tune", "2", "running", MOMENT, None, ""),
        Task("ingest", "", "succeeded", MOMENT, MOMENT + 3600, ""),
    ]
    assert gpu_hours(tasks, profile, now=MOMENT + 1800) == 3.0
