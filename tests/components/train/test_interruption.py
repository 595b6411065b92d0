"""A training process that is stopped by real signals and started again."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from components.artifacts import Hyperparameters, SearchResult, Selection, Snapshot, TrainedModel, Trial, WeightsInfo
from tuning import export

WORK = """
import sys
from components.train import step
snapshot, selection, root, model = sys.argv[1:]
train = {"epochs": 5, "patience": 5, "batch_size": 4, "checkpoint_s": 0.05}
step.run(snapshot, selection, root, train, {}, 5, model)
"""


@pytest.fixture
def start(make_snapshot, tmp_path):
    """(data root's name) -> a running training of one process."""
    snapshot = make_snapshot(40)
    point = Hyperparameters(unfrozen_stages=1, head_width=4, dropout=0.1, learning_rate=0.01, mixup=0.2)
    trial = Trial(
        trial_id="001", status="completed", score=1.0, hyperparameters=point, epochs=1, curve=(1.0,), seconds=1.0
    )
    search = SearchResult(
        snapshot_id=Snapshot.read(snapshot).snapshot_id, backbone="vgg16",
        weights=WeightsInfo(backbone="vgg16", source="none", digest="none", provenance="random", spec="none"),
        image_side_px=32, objective="balanced_accuracy", best=trial, trials=(trial,), seconds=1.0,
    )  # fmt: skip
    Selection(best=search, searches=(search,)).write(str(tmp_path / "selection.json"))

    def run(root):
        arguments = [snapshot, str(tmp_path / "selection.json"), str(tmp_path / root), str(tmp_path / f"{root}.json")]
        with (tmp_path / f"{root}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-c", WORK, *arguments], stdout=log, stderr=log)

    return run


def test_stopped_by_sigterm_and_by_sigkill_it_ends_with_the_same_weights(start, tmp_path):
    assert start("undisturbed").wait() == 0
    for number in (signal.SIGTERM, signal.SIGKILL):
        process, seen = start("stopped"), _state(tmp_path)
        while process.poll() is None and _state(tmp_path) == seen:
            time.sleep(0.01)  # until this process has kept something of its own
        process.send_signal(number)
        assert process.wait() == -number, (tmp_path / "stopped.log").read_text()
        assert not (tmp_path / "stopped.json").exists()
    assert start("stopped").wait() == 0
    expected, ended = (TrainedModel.read(str(tmp_path / f"{name}.json")) for name in ("undisturbed", "stopped"))
    assert ended.model_id == expected.model_id
    assert [row.train_loss for row in ended.history] == [row.train_loss for row in expected.history]
    weights = [export.load_keras(model.uri).get_weights() for model in (expected, ended)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))
    assert not list((tmp_path / "stopped").rglob("state.npz"))  # a finished training keeps no state


def _state(tmp_path):
    """When the stopped training kept something last."""
    return [path.stat().st_mtime_ns for path in (tmp_path / "stopped").rglob("state.npz")]
