"""Processes that run preprocess are killed at ten moments, and started again."""

import json
import os
import random
import subprocess
import sys

import pytest

from components import manifest, snapshot
from components.artifacts import Listing, Snapshot
from components.ingest.step import run as ingest

DATA = {"stored_side_px": 32, "stored_format": "png", "min_side_px": 8}

# Imports once, then forks a process for each line that it is told: the data root, the listing, after how many seconds
# it is killed (0: never). Says how it ended and how long it took.
PROGRAM = """
import json, os, signal, sys, time
import components.preprocess.build
from components.preprocess.step import run
data, options = json.loads(sys.argv[1])
for line in sys.stdin:
    root, listing, after = json.loads(line)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        run(listing, root, data, options, os.path.join(root, "pointer.json"))
        os._exit(0)
    if after:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(json.dumps([os.waitstatus_to_exitcode(status), time.monotonic() - started]), flush=True)
"""


@pytest.fixture(scope="module")
def start(beam_options):
    """(data root, listing, seconds) -> exit code and duration of a process that was killed then."""
    program = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps([DATA, beam_options])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def call(root, listing, after=0.0):
        program.stdin.write(json.dumps([root, listing, after]) + "\n")
        program.stdin.flush()
        return json.loads(program.stdout.readline())

    yield call
    program.stdin.close()
    program.wait()
    program.stdout.close()


def folders(root, listing):
    """What lies where increments and manifests are made."""
    lineage = Listing.read(listing).lineage
    (key,) = [name for name in os.listdir(f"{root}/snapshots/{lineage}") if not name.startswith(("latest", "."))]
    made = [name for name in os.listdir(f"{root}/snapshots/{lineage}/{key}") if not name.startswith(".writing-")]
    return os.listdir(f"{root}/increments/{lineage}"), made


def test_a_run_that_was_killed_at_any_moment_and_started_again_leaves_what_an_undisturbed_one_leaves(
    raw_folder, tmp_path, start
):
    def listed(name):
        root = str(tmp_path / name)
        return root, ingest(str(raw_folder), root, DATA)

    root, listing = listed("undisturbed")
    code, duration = start(root, listing)
    assert code == 0
    whole = Snapshot.read(f"{root}/pointer.json")
    dice, killed = random.Random(11), 0
    for number in range(10):
        root, listing = listed(f"killed{number}")
        code, _ = start(root, listing, dice.uniform(0.02, 1.0) * duration)
        killed += code == -9
        seen = snapshot.latest(root, Listing.read(listing).lineage)  # all that readers believe
        assert seen is None or seen.snapshot_id == whole.snapshot_id
        code, _ = start(root, listing)
        assert code == 0
        again = Snapshot.read(f"{root}/pointer.json")
        assert again.snapshot_id == whole.snapshot_id
        assert list(manifest.read_rows(again.manifest_uri)) == list(manifest.read_rows(whole.manifest_uri))
        increments, made = folders(root, listing)
        assert increments == [os.path.basename(again.increments[0].uri)]
        assert sorted(made) == sorted(["snapshot.json", os.path.basename(again.manifest_uri)])
        assert sorted(os.listdir(again.increments[0].uri)) == sorted(os.listdir(whole.increments[0].uri))
    assert killed >= 5  # a run that was faster than its moment is not counted
