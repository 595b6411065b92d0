"""The whole pipeline, each step in a container of its own image, beside the same run in processes."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from local_place import CONFIG, Place

from components import containers
from components.sample_data import sample
from pipelines.docker_runner import RUN_LABEL

pytestmark = pytest.mark.containers
SOMEONE = 10001  # who steps run as where the tests are root's: the owner of the data root


class OwnedPlace(Place):
    """A place whose data root belongs to whom its steps run as."""

    def __init__(self, folder: Path, raw: Path) -> None:
        super().__init__(folder, raw)
        self.data.mkdir()
        if os.getuid() == 0:
            os.chown(self.data, SOMEONE, SOMEONE)

    def timed(self, *more: str) -> tuple[dict, float]:
        """The summary, and how long the command took in seconds."""
        started = time.monotonic()
        return self.run(*more), time.monotonic() - started


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    sample.make(str(folder / "raw"), subjects=40)
    # pytest's folders are its user's alone; a container's user must be able to come through.
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    return folder / "raw"


@pytest.fixture
def place(tmp_path: Path, raw: Path) -> Place:
    tmp_path.chmod(0o755)
    return OwnedPlace(tmp_path, raw)


@pytest.fixture(scope="module")
def both(engine, tmp_path_factory: pytest.TempPathFactory, raw: Path) -> tuple[Place, dict, dict]:
    """The place of the containers, their summary, and that of the processes."""
    folders = [tmp_path_factory.mktemp(name) for name in ("containers", "processes")]
    for folder in folders:
        folder.chmod(0o755)
    inside, outside = (OwnedPlace(folder, raw) for folder in folders)
    in_containers, seconds = inside.timed("--runner", "docker")
    in_processes, seconds_without = outside.timed()
    print(f"\nthe whole pipeline: {seconds:.1f} s in containers, {seconds_without:.1f} s in processes")
    print({step: (taken, in_processes["seconds"][step]) for step, taken in in_containers["seconds"].items()})
    return inside, in_containers, in_processes


def test_containers_and_processes_come_to_the_same_result(both):
    _, inside, outside = both
    for figure in ("status", "snapshot_id", "counts", "verdict", "warnings"):
        assert inside[figure] == outside[figure], figure
    assert inside["verdict"] == "promote"
    for figure in ("backbone", "unfrozen_stages", "hyperparameters"):
        assert inside["best"][figure] == outside["best"][figure], figure
    # The same wheels on the same processor; another build of libm may differ in the last digits.
    assert inside["best"]["score"] == pytest.approx(outside["best"]["score"], abs=0.02)
    for figure in ("balanced_accuracy", "macro_f1", "majority_accuracy"):
        assert inside["test"][figure] == pytest.approx(outside["test"][figure], abs=0.02), figure


def test_every_step_ran_in_a_container_of_its_own_image(both):
    place, inside, _ = both
    log = (place.data / "runs" / inside["run_id"] / "logs" / "kfp.log").read_text()
    image_of = dict(re.findall(r"Executing task .*?'([a-z-]+)'.*?Image '([^']+)'", log, re.DOTALL))
    on_gpu = {step for step, image in image_of.items() if image == containers.GPU}
    on_data = {step for step, image in image_of.items() if image == containers.DATA}
    assert on_gpu == {"tune", "train", "evaluate", "verify"}
    assert on_data == {"ingest", "preprocess", "check", "select", "gate", "report", "push", "notify"}


def test_what_the_steps_write_belongs_to_the_owner_of_the_data_root(both):
    place, inside, _ = both
    owner = place.data.stat().st_uid
    written = [place.data / "registry" / "champion.json", Path(inside["model_uri"]), Path(inside["report_uri"])]
    assert [path.stat().st_uid for path in written] == [owner] * 3
    assert owner == SOMEONE or os.getuid() == owner


def test_no_container_is_left(both, engine):
    _, inside, _ = both
    assert engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={inside['run_id']}"}) == []


def test_a_second_run_finds_everything_again(both):
    place, first, _ = both
    second = place.run("--runner", "docker")
    assert {"preprocess", "tune-mobilenet_v2", "tune-vgg16", "train"} <= set(second["reused"])
    assert (second["best"], second["snapshot_id"]) == (first["best"], first["snapshot_id"])


def test_a_manifest_its_images_and_a_takedown_file_are_seen_wherever_they_lie(engine, tmp_path, place, raw):
    (tmp_path / "sheets").mkdir()
    images = sorted(path for brand in sorted(raw.iterdir()) for path in sorted(brand.rglob("*.jpg"))[:6])
    lines = [f"{path},{path.relative_to(raw).parts[0]}" for path in images]
    place.raw = tmp_path / "sheets" / "brands.csv"
    place.raw.write_text("\n".join(["uri,label", *lines]))
    takedown = tmp_path / "asked" / "takedown.txt"
    takedown.parent.mkdir()
    takedown.write_text(hashlib.sha256(images[0].read_bytes()).hexdigest())
    data = {**CONFIG["data"], "allowed_roots": [str(raw)], "takedown": str(takedown)}
    # The check stops the run as soon as the images are there: what comes after it reads only the data root.
    few = {"min_images_per_class": 1000}
    place.config.write_text(yaml.safe_dump({**CONFIG, "data": data, "check": few}))
    ended = subprocess.run(place.command("--runner", "docker"), capture_output=True, text=True)
    assert ended.returncode == 65
    assert "min_images_per_class" in ended.stderr
    (told,) = place.data.glob("runs/*/steps/preprocess.json")
    facts = json.loads(told.read_text())["facts"]
    assert facts["quarantined"]["taken_down"] == 1
    assert "unreadable" not in facts["quarantined"]
    assert facts["new_images"] > len(images) / 2


def test_a_step_that_fails_at_once_fails_the_run(engine, tmp_path: Path, place: Place):
    """Its container may be gone before anyone asks how it ended; kfp's own runner takes that for a success."""
    place.raw = tmp_path / "empty"
    place.raw.mkdir()
    ended = subprocess.run(place.command("--runner", "docker"), capture_output=True, text=True)
    assert ended.returncode == 65
    assert "There are no images" in ended.stderr


def test_a_missing_image_is_said_before_anything_is_written(engine, tmp_path: Path, place: Place):
    profile = tmp_path / "profile.yaml"
    profile.write_text("platform: local\nimages: {data: nowhere/brandlens-data:0.0.0}\n")
    ended = subprocess.run(
        place.command("--runner", "docker", "--profile", str(profile)), capture_output=True, text=True
    )
    assert ended.returncode == 65
    assert "no image nowhere/brandlens-data:0.0.0" in ended.stderr
    assert list(place.data.iterdir()) == []


def _events(place: Place) -> Iterator[dict]:
    """What the steps of all its runs have told until now."""
    for path in place.data.glob("runs/*/events.jsonl"):
        *whole, _ = path.read_text().split("\n")  # the last one may be half-written
        yield from map(json.loads, whole)


def test_an_interrupted_run_stops_its_containers_and_goes_on(engine, place: Place):
    process = place.start("--runner", "docker")
    deadline = time.monotonic() + 120
    # Once it computes: of interruptions while it imports, one in two hundred ends in native code, without a record.
    while not any(event["event"] == "progress" and event["step"] == "tune" for event in _events(place)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    (run,) = place.data.glob("runs/*")
    assert engine.containers.list(all=True, filters={"label": f"{RUN_LABEL}={run.name}"}) == []
    # The step was told, not killed: it left its record.
    assert "KeyboardInterrupt" in (run / "steps" / "tune-mobilenet_v2.json").read_text()
    assert not (run / "steps" / "notify.json").exists()
    assert place.run("--runner", "docker")["status"] == "succeeded"


PREPROCESS = """
import json, sys
from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess

raw, data_root, data, options, snapshot = sys.argv[1:]
preprocess(ingest(raw, data_root, json.loads(data)), data_root, json.loads(data), json.loads(options), snapshot)
"""


def test_beam_workers_in_the_data_image_make_the_same_snapshot(engine, both, raw: Path, tmp_path: Path, free_port: int):
    """What Flink and Spark do: a job server here, and a pool of EXTERNAL workers that is a container."""
    data, snapshot = tmp_path / "data", tmp_path / "snapshot.json"
    data.mkdir()
    mounts = {str(raw): {"bind": str(raw), "mode": "ro"}, str(data): {"bind": str(data), "mode": "rw"}}
    pool = engine.containers.run(
        containers.DATA, ["beam-worker-pool", f"--service_port={free_port}"], detach=True, network_mode="host",
        read_only=True, tmpfs={"/tmp": ""}, cap_drop=["ALL"], user=f"{os.getuid()}:{os.getgid()}", volumes=mounts,
    )  # fmt: skip
    options = ["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=EXTERNAL",
               f"--environment_config=localhost:{free_port}"]  # fmt: skip
    arguments = [str(raw), str(data), json.dumps(CONFIG["data"]), json.dumps(options), str(snapshot)]
    try:
        ended = subprocess.run([sys.executable, "-c", PREPROCESS, *arguments], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr + pool.logs().decode()
        assert b"Starting worker with command" in pool.logs()
    finally:
        pool.remove(force=True)
    assert json.loads(snapshot.read_text())["snapshot_id"] == both[1]["snapshot_id"]
