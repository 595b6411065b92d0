import json
import os
import signal
import subprocess
import sys
import time

import pytest

from components import spent
from components.spent import Spent
from components.stored_files import StoredFiles

CHILD = """
import sys, time
from components import spent
from components.stored_files import StoredFiles
spent.EVERY_S = 0.0
with spent.Spent(StoredFiles(sys.argv[1])) as found:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    found.keep()
    print("kept", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_attempt_took_is_counted(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    ) as child:
        assert child.stdout.readline() == b"kept\n"
        child.send_signal(signal.SIGKILL)
    with Spent(StoredFiles(str(tmp_path))) as again:
        assert again.seconds >= 0.25
        assert again.cpu_s >= 0.25  # the system counts in hundredths


def test_an_attempt_that_fails_keeps_what_it_took_and_one_that_does_not_leaves_nothing(tmp_path):
    with Spent(StoredFiles(str(tmp_path))):
        pass
    assert not list(tmp_path.iterdir())

    def fail():
        time.sleep(0.05)
        raise ValueError("cause")

    for _ in range(2):
        with pytest.raises(ValueError, match="cause"), Spent(StoredFiles(str(tmp_path))):
            fail()
    assert json.loads((tmp_path / spent.NAME).read_text())["seconds"] >= 0.1


def test_something_else_is_kept_with_it(tmp_path):
    kept = []

    def fail(found):
        found.also(lambda: kept.append(1))
        raise ValueError("cause")

    with pytest.raises(ValueError, match="cause"), Spent(StoredFiles(str(tmp_path))) as found:
        fail(found)
    assert kept == [1]


def test_a_place_that_cannot_be_written_stops_nobody_and_hides_no_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(spent, "EVERY_S", 0.0)
    (tmp_path / "state").write_text("a file where a folder should be")

    def fail(found):
        found.keep()
        raise ValueError("cause")

    with pytest.raises(ValueError, match="cause"), Spent(StoredFiles(str(tmp_path / "state"))) as found:
        fail(found)
    assert "cannot be kept" in capsys.readouterr().out


def test_it_is_not_written_with_every_word(tmp_path):
    with Spent(StoredFiles(str(tmp_path))) as found:
        found.keep()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"seconds": 1}', '{"seconds": null, "cpu_s": 1}'])
def test_a_damaged_file_counts_as_nothing(tmp_path, content):
    (tmp_path / spent.NAME).write_text(content)
    assert Spent(StoredFiles(str(tmp_path))).seconds < 1
