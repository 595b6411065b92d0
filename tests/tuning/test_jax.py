"""A whole search on JAX, where TensorFlow is never loaded, beside the same on TensorFlow. Real processes, SIGKILL."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax", reason="JAX is not installed; it is this package's extra `jax`")
CHILD = str(Path(__file__).with_name("backend_child.py"))
ROOT = str(Path(__file__).parents[2])
ONE_IMAGE = 1 / 40 + 1e-9  # of 40 for validation, in two classes of equal size


def start(backend, folder):
    environment = {**os.environ, "PYTHONPATH": ROOT, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, CHILD, str(folder), str(folder / "result.json")], stdout=subprocess.PIPE, text=True,
        env=environment,
    )  # fmt: skip


def found(backend, folder):
    with start(backend, folder) as child:
        lines = child.stdout.readlines()
    assert child.returncode == 0
    return json.loads((folder / "result.json").read_text()), lines


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    """What a search on JAX found, and the lines that it printed."""
    return found("jax", tmp_path_factory.mktemp("jax"))


@pytest.fixture(scope="module")
def on_tensorflow(tmp_path_factory):
    return found("tensorflow", tmp_path_factory.mktemp("tensorflow"))[0]


def test_a_search_on_jax_never_loads_tensorflow(on_jax):
    assert on_jax[0]["tensorflow"] is False


def test_both_backends_try_the_same_points_and_stop_the_same(on_jax, on_tensorflow):
    ours, theirs = ([[point, len(curve), stopped, reason] for point, curve, stopped, reason in one["trials"]]
                    for one in (on_jax[0], on_tensorflow))  # fmt: skip
    assert ours == theirs
    assert len({"unfrozen_stages=0" in point for point, *_ in ours}) == 2


def test_both_backends_score_every_epoch_alike(on_jax, on_tensorflow):
    for (_, ours, *_), (_, theirs, *_) in zip(on_jax[0]["trials"], on_tensorflow["trials"], strict=True):
        assert ours == pytest.approx(theirs, abs=ONE_IMAGE)


def test_a_search_on_jax_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(on_jax, tmp_path):
    expected, lines = on_jax
    for until in (len(lines) // 4, len(lines) // 3, len(lines) // 3):
        with start("jax", tmp_path) as child:
            for _ in range(until):
                assert child.stdout.readline()
            child.send_signal(signal.SIGKILL)
    resumed, later = found("jax", tmp_path)
    assert resumed["trials"] == expected["trials"]
    assert sum("epoch " in line for line in later) < sum("epoch " in line for line in lines)
    assert resumed["computed"] == 0  # features that the killed ones stored
