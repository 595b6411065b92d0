"""Many steps given to the device at once learn what step by step is learned. Two backends, in their own processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = str(Path(__file__).with_name("executions_child.py"))
ROOT = str(Path(__file__).parents[2])


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_many_steps_at_once_learn_what_step_by_step_is_learned(tmp_path, backend):
    if backend == "jax":
        pytest.importorskip("jax", reason="JAX is not installed; it is this package's extra `jax`")
    environment = {**os.environ, "PYTHONPATH": ROOT, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    child = subprocess.run(
        [sys.executable, CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment, check=True
    )
    found = json.loads(child.stdout.splitlines()[-1])
    assert {name: (one["weights"] < 1e-4, one["curves"] < 1e-6) for name, one in found.items()} == dict.fromkeys(
        found, (True, True)
    )
    assert min(one["moved"] for one in found.values()) > 1e-2
    assert len(found) == 9
