"""The cache between processes: two that fill it at the same time, one that is killed, one on another backend."""

import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tuning.store import format as parts

IMAGES = 240  # in six blocks
CHILD = Path(__file__).with_name("child.py")


def start(folder, task, backend="tensorflow", *arguments):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, str(CHILD), str(folder), task, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def answer(child):
    """The last line that a child prints before it ends well."""
    output, _ = child.communicate()
    assert child.returncode == 0, output
    return output.splitlines()[-1]


def files_of(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*.features") if not path.name.startswith("."))


def assert_same(folder, other):
    assert files_of(folder) == files_of(other)
    for name in files_of(folder):
        one, two = parts.read(folder / name), parts.read(other / name)
        assert one.ids == two.ids
        np.testing.assert_allclose(one.values, two.values, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A cache that this process filled without being disturbed, and the child's functions."""
    folder, child = tmp_path_factory.mktemp("alone"), runpy.run_path(str(CHILD))
    child["main"](folder, "fill")
    return folder, child


def test_two_processes_that_fill_the_same_cache_do_no_harm(alone, tmp_path):
    computed = [int(answer(child)) for child in [start(tmp_path, "fill"), start(tmp_path, "fill")]]
    assert sum(computed) >= IMAGES
    assert_same(tmp_path, alone[0])


def test_a_process_that_is_killed_loses_no_more_than_the_block_it_was_at(alone, tmp_path):
    child = start(tmp_path, "fill")
    until = time.monotonic() + 120
    while len(files_of(tmp_path)) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    whole = len(files_of(tmp_path))
    assert whole >= 2
    assert int(answer(start(tmp_path, "fill"))) == IMAGES - whole * IMAGES // 6
    assert_same(tmp_path, alone[0])


@pytest.mark.parametrize("cache", ["of TensorFlow", "its own"])
def test_jax_trains_from_what_tensorflow_stored_and_from_features_of_its_own(alone, tmp_path, cache):
    pytest.importorskip("jax", reason="JAX is not installed; it is this package's extra `jax`")
    folder, child = alone
    expected = child["losses"](child["source"](folder).at(1, 32)["training"])
    found = answer(start(folder if cache == "of TensorFlow" else tmp_path, "train", "jax")).split()
    np.testing.assert_allclose([float(loss) for loss in found], expected, rtol=1e-4)
    assert len(set(found)) == len(expected) == 3
