"""A batch shared by two devices, on both backends. Devices are declared before a backend starts: real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuning import replicas

CHILD = str(Path(__file__).with_name("two_devices_child.py"))
ROOT = str(Path(__file__).parents[2])
CLOSE = 1e-3  # of weights that have moved by 0.2: where a gradient is nearly 0, Adam enlarges what rounding changes


@pytest.fixture(scope="module", params=["tensorflow", "jax"])
def found(request, tmp_path_factory):
    """What a process measured that trains on one device, and on two."""
    if request.param == "jax":
        pytest.importorskip("jax", reason="JAX is not installed; it is this package's extra `jax`")
    environment = {**os.environ, "PYTHONPATH": ROOT, "KERAS_BACKEND": request.param, "TF_CPP_MIN_LOG_LEVEL": "3"}
    folder = str(tmp_path_factory.mktemp("two"))
    done = subprocess.run([sys.executable, CHILD, folder], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["devices"] == [1, 2]
    return said


def test_a_trial_on_two_devices_becomes_what_it_becomes_on_one(found):
    assert found["moved"] > 0.05
    assert found["apart"] < CLOSE
    assert found["curves"][0][0] == pytest.approx(found["curves"][1][0], abs=1e-6)


def test_a_batch_that_two_devices_cannot_share_equally_teaches_the_same(found):
    assert found["odd"] < CLOSE


def test_a_batch_is_cut_on_two_devices_too_and_what_is_dropped_and_mixed_stays_the_same(found):
    assert found["pieces"][:4] == [1, 2, 4, 4]
    assert max(found["cut"]) < CLOSE


def test_memory_that_really_does_not_suffice_is_noticed_and_the_batch_is_cut(found):
    alone, both = found["hungry"]
    assert alone == [4, None]  # of 16 rows a device takes four at a time
    assert both in ([2, None], [4, None])  # JAX counts the rows of both


def test_a_loss_that_is_no_number_ends_the_trial(found):
    assert "no longer" in found["reason"]


def test_a_trial_goes_on_from_its_state_on_as_many_devices_or_on_fewer(found):
    assert found["resumed"][0] == 0
    assert found["resumed"][1] < CLOSE


def test_a_search_on_two_devices_finds_what_one_finds(found):
    one, two = found["searches"]
    assert [point for point, _ in one] == [point for point, _ in two]
    for (_, ours), (_, theirs) in zip(one, two, strict=True):
        assert ours == pytest.approx(theirs, abs=1 / 40 + 1e-9)  # one image of the 40 for validation


def test_one_device_is_not_shared():
    assert replicas.of(["CPU:0"]).count == replicas.of([]).count == 1
