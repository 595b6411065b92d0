import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components import rates, runs, standing, storage
from components.errors import InputError


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.setenv(runs.RUN_FOLDER, str(tmp_path))
    return tmp_path


def events(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_a_step_tells_when_it_starts_and_ends_and_leaves_a_record(run_folder: Path):
    with runs.step("tune", str(run_folder), item="xception") as record:
        record.progress(done=1, total=2)
        record.facts(trials=2)
    assert [event["event"] for event in events(run_folder)] == ["started", "progress", "finished"]
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert (kept.step, kept.item, kept.status, kept.facts) == ("tune", "xception", "succeeded", {"trials": 2})


def in_a_process_of_its_own(code: str) -> subprocess.CompletedProcess[str]:
    """pytest puts its own object in place of sys.stdout; a step has the real one. Ctrl-C is not ignored there."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def test_what_a_step_prints_goes_to_its_log_even_past_python(run_folder: Path):
    code = (
        "import os; from components import runs\n"
        f"with runs.step('train', {str(run_folder)!r}):\n"
        "    print('from Python')\n"
        "    os.write(2, b'from C\\n')\n"
        "print('after')"
    )
    ended = in_a_process_of_its_own(code)
    assert sorted((run_folder / "logs" / "train.log").read_text().splitlines()) == ["from C", "from Python"]
    assert (ended.stdout, ended.stderr) == ("after\n", "")


def test_a_failed_step_tells_its_cause_and_exit_code(run_folder: Path):
    with pytest.raises(InputError), runs.step("ingest", str(run_folder)):
        raise InputError("No images in /raw.")
    last = events(run_folder)[-1]
    assert (last["event"], last["error"], last["exit_code"]) == ("failed", "No images in /raw.", 65)
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert (kept.status, kept.error) == ("failed", "No images in /raw.")


def test_the_traceback_is_in_the_log(run_folder: Path):
    in_a_process_of_its_own(
        f"from components import runs\nwith runs.step('ingest', {str(run_folder)!r}):\n    raise RuntimeError('no')"
    )
    assert "RuntimeError: no" in (run_folder / "logs" / "ingest.log").read_text()


def test_an_interruption_ends_a_step_though_it_comes_where_python_ignores_it(run_folder: Path):
    code = (
        "import gc, signal, time; from components import runs\n"
        "def interrupted(phase, _info):\n"
        "    if phase == 'stop':\n"
        "        gc.callbacks.remove(interrupted)\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        f"with runs.step('tune', {str(run_folder)!r}):\n"
        "    gc.callbacks.append(interrupted)\n"
        "    gc.collect()\n"
        "    print('goes on')\n"
        "    time.sleep(60)"
    )
    assert in_a_process_of_its_own(code).returncode == -signal.SIGINT
    log = (run_folder / "logs" / "tune.log").read_text()
    assert re.search("Exception ignored in.*KeyboardInterrupt.*goes on.*KeyboardInterrupt", log, re.DOTALL)
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert (kept.status, kept.error) == ("failed", "KeyboardInterrupt: ")


def test_an_interruption_is_known_as_one_though_a_library_makes_an_error_of_it(run_folder: Path):
    ended = in_a_process_of_its_own(
        "import signal; from components import runs\n"
        f"with runs.step('tune', {str(run_folder)!r}):\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    except BaseException:\n"
        "        raise ImportError('initialization failed')"
    )
    assert ended.returncode == -signal.SIGINT
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert (kept.status, kept.error) == ("failed", "KeyboardInterrupt: ")
    assert "ImportError: initialization failed" in (run_folder / "logs" / "tune.log").read_text()


def test_who_is_told_to_ignore_interruptions_does(run_folder: Path):
    ended = in_a_process_of_its_own(
        "import signal; from components import runs\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"with runs.step('tune', {str(run_folder)!r}):\n"
        "    signal.raise_signal(signal.SIGINT)"
    )
    assert ended.returncode == 0


def test_an_error_that_is_not_ours_is_told_with_its_type(run_folder: Path):
    with pytest.raises(ZeroDivisionError), runs.step("check", str(run_folder)):
        1 / 0  # noqa: B018
    assert events(run_folder)[-1]["error"] == "ZeroDivisionError: division by zero"


def test_outside_a_local_run_events_are_lines_on_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.delenv(runs.RUN_ID, raising=False)
    monkeypatch.delenv(runs.RUN_FOLDER, raising=False)
    with runs.step("gate", str(tmp_path)) as record:
        record.facts(verdict="keep")
    said = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [event["event"] for event in said] == ["started", "finished"]
    assert said[1]["facts"] == {"verdict": "keep"}
    assert os.listdir(tmp_path) == []


def test_every_event_names_its_run_its_step_and_its_severity(run_folder: Path):
    def work():
        with runs.step("tune", str(run_folder), item="xception") as record:
            record.progress(done=1, total=2)
            raise InputError("no")

    with pytest.raises(InputError):
        work()
    told = [(event["run"], event["step"], event["item"], event["severity"]) for event in events(run_folder)]
    assert told == [("run-1", "tune", "xception", level) for level in ("INFO", "INFO", "ERROR")]


def test_progress_tells_the_time_left_and_what_gpus_cost(run_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(rates.VARIABLE, '{"gpus": {"tune": 1}, "price_per_gpu_hour": 3600000}')  # 1000 a second
    with runs.step("tune", str(run_folder), item="xception") as record:
        record.progress(done=0, total=4, unit="trials")
        time.sleep(0.01)
        record.progress(done=1, total=4, unit="trials")
        record.progress(done=2, total=4, unit="trials", left_s=60)
    first, second, third = (event for event in events(run_folder) if event["event"] == "progress")
    assert "left_s" not in first
    assert second["cost"] > first["cost"] >= 0
    assert second["cost_left"] == pytest.approx(1000 * second["left_s"], abs=60)  # left_s is rounded to tenths
    assert (third["left_s"], third["cost_left"]) == (60, 60000)
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert kept.cost == pytest.approx(1000 * kept.seconds, abs=1)  # seconds are rounded to thousandths


def test_on_a_cluster_a_step_that_works_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.delenv(runs.RUN_FOLDER, raising=False)
    with runs.step("tune", str(tmp_path), item="xception") as record:
        record.progress(done=1, total=4)
        (found,) = standing.read(str(tmp_path), "run-1")
        assert (found.step, found.item, found.values) == ("tune", "xception", {"done": 1, "total": 4})
    assert standing.read(str(tmp_path), "run-1") == []


def test_a_record_counts_the_time_of_the_processor(run_folder: Path):
    with runs.step("train", str(run_folder)):
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
    (kept,) = runs.read_records(str(run_folder), "run-1")
    assert kept.cpu_s is not None
    assert kept.cpu_s >= 0.04  # the system counts in hundredths


def test_what_attempts_that_were_killed_or_failed_took_in_the_run_is_counted(tmp_path: Path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.setenv(rates.VARIABLE, '{"gpus": {"tune": 2}, "price_per_gpu_hour": 1.5}')
    root = str(tmp_path)

    def fail():
        time.sleep(0.2)
        raise InputError("no luck")

    with pytest.raises(InputError), runs.step("tune", root, item="vgg16"):
        fail()
    (failed,) = runs.read_records(root, "run-1")
    assert failed.seconds >= 0.2
    # The second attempt was killed an hour after it began: nobody took its word back.
    killed = standing.Standing(step="tune", item="vgg16", started=0.0, told=3600.0, before_s=failed.seconds, values={})
    storage.write_text(f"{root}/runs/run-1/standing/tune-vgg16.json", killed.model_dump_json())
    with runs.step("tune", root, item="vgg16") as record:
        record.progress(done=1, total=2)
        (told,) = standing.read(root, "run-1")
    assert told.before_s == pytest.approx(3600 + failed.seconds)
    assert told.values["cost"] == pytest.approx(3.0, abs=0.1)
    (kept,) = runs.read_records(root, "run-1")
    assert kept.status == "succeeded"
    assert 3600.2 <= kept.seconds < 3660
    assert kept.gpu_hours == pytest.approx(2, abs=0.05)
    # Another step, and another run, begin at nothing.
    with runs.step("tune", root, item="xception") as record:
        record.progress(done=1, total=2)
    assert runs.read_records(root, "run-1")[-1].seconds < 60


def test_an_attempt_that_failed_before_it_said_anything_counts_with_the_killed_one_before_it(tmp_path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.delenv(runs.RUN_FOLDER, raising=False)
    root = str(tmp_path)
    killed = standing.Standing(step="tune", item="", started=0.0, told=3600.0, values={})
    storage.write_text(f"{root}/runs/run-1/standing/tune.json", killed.model_dump_json())

    def fail():
        time.sleep(0.2)
        raise InputError("no luck")

    for _ in range(2):
        with pytest.raises(InputError), runs.step("tune", root):
            fail()
        assert standing.read(root, "run-1") == []
    (kept,) = runs.read_records(root, "run-1")
    assert 3600.4 <= kept.seconds < 3660


def test_a_standing_that_cannot_be_read_stops_nobody(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv(runs.RUN_ID, "run-1")
    monkeypatch.delenv(runs.RUN_FOLDER, raising=False)
    storage.write_text(f"{tmp_path}/runs/run-1/standing/train.json", "{")
    with runs.step("train", str(tmp_path)):
        pass
    assert "is not known" in capsys.readouterr().err
