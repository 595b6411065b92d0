"""A search that is killed again and again ends as one that was left alone. Real processes, SIGKILL."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

CHILD = str(Path(__file__).with_name("search_child.py"))
ROOT = str(Path(__file__).parents[2])


def start(state, result, *worker):
    environment = {**os.environ, "PYTHONPATH": ROOT, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, CHILD, str(state), str(result), *map(str, worker)], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The results of a search that nobody kills, and the lines that it prints."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with start(folder / "state", folder / "result.json") as child:
        lines = child.stdout.readlines()
    assert child.returncode == 0
    return json.loads((folder / "result.json").read_text()), lines


def epochs_in(lines):
    return sum("epoch " in line for line in lines)


def killed(state, result, kills, most_lines, *worker):
    """Kill a search so many times, then let it end; the epochs that each ran.

    Each kill comes a random moment after a random number of lines: files are written between these, too.
    """
    generator, epochs = random.Random(7), []
    for number in range(kills + 1):
        until = generator.randint(1, max(2, most_lines // 3)) if number < kills else None
        with start(state, result, *worker) as child:
            said = []
            for line in child.stdout:
                said.append(line)
                if until is not None and len(said) >= until:
                    time.sleep(generator.uniform(0, 0.1))
                    child.send_signal(signal.SIGKILL)
                    break
            child.wait()
            said += child.stdout.readlines()
        epochs.append(epochs_in(said))
        if number < kills and child.returncode == 0:
            pytest.fail("the search ended before it could be killed: give it more to do")
    assert child.returncode == 0
    return epochs


def test_ten_kills_at_random_moments_change_nothing_and_repeat_no_more_than_the_epochs_they_hit(undisturbed, tmp_path):
    expected, lines = undisturbed
    epochs = killed(tmp_path / "state", tmp_path / "result.json", 10, len(lines) // 4)
    assert json.loads((tmp_path / "result.json").read_text()) == expected
    assert sum(epochs) <= epochs_in(lines) + 10


def test_ten_kills_of_a_search_whose_state_is_in_a_bucket_change_nothing_either(undisturbed, bucket, tmp_path):
    expected, lines = undisturbed
    epochs = killed(f"{bucket}/state", tmp_path / "result.json", 10, len(lines) // 4)
    assert json.loads((tmp_path / "result.json").read_text()) == expected
    # A bucket takes longer than a toy's epoch to keep a state: one is kept for two epochs or so.
    assert sum(epochs) <= epochs_in(lines) + 2 * 10


def test_three_workers_end_with_the_same_union_however_often_one_is_killed(tmp_path):
    def worker(number, kills):
        result = tmp_path / f"result-{number}-{kills}.json"
        killed(tmp_path / f"state-{number}-{kills}", result, kills, 12, number, 3)
        return json.loads(result.read_text())

    with ThreadPoolExecutor(3) as pool:
        left_alone = list(pool.map(worker, (1, 2, 3), (0, 0, 0)))
        disturbed = list(pool.map(worker, (1, 2, 3), (0, 3, 1)))
    assert disturbed == left_alone
    points = [point for found in left_alone for point, *_ in found]
    assert [len(found) for found in left_alone] == [4, 3, 3]
    assert len(set(points)) == 10
