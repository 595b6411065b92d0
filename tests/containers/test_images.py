"""The built images as a cluster meets them: any user, a root that cannot be written."""

import json
import subprocess

import pytest

from components import containers

pytestmark = pytest.mark.containers
IMAGES = {"data": containers.DATA, "gpu": containers.GPU}
BOTH = pytest.mark.parametrize("image", ["data", "gpu"])
STEPS = {
    "data": ["ingest", "preprocess", "check", "select", "gate", "report", "push", "notify"],
    "gpu": ["tune", "train", "evaluate", "verify"],
}


@BOTH
def test_an_image_answers_with_its_version(run_in, image):
    assert run_in(image).strip() == containers.TAG


@BOTH
def test_its_steps_and_their_faces_can_be_imported(run_in, image):
    modules = [f"components.{step}.{module}" for step in STEPS[image] for module in ("component", "step")]
    # What a step imports when it works.
    libraries = ["apache_beam", "tensorflow_datasets"] if image == "data" else ["keras_tuner", "tensorflow"]
    program = f"import importlib\nfor name in {modules + libraries}: print(importlib.import_module(name).__name__)"
    assert run_in(image, "python3", "-c", program).split() == modules + libraries


def test_the_data_image_has_no_tensorflow(run_in):
    program = "from importlib.util import find_spec; print(find_spec('tensorflow'), find_spec('keras'))"
    assert run_in("data", "python3", "-c", program).split() == ["None", "None"]


@BOTH
def test_no_tool_that_installs_or_compiles_is_left(run_in, image):
    found = run_in(
        image, "sh", "-c", "cd /opt; find . -name 'uv' -o -name 'pip' -o -name hatchling; which gcc make; true"
    )
    assert found == ""


@BOTH
def test_nothing_outside_the_temporary_folder_can_be_written(engine, image):
    """By the image's own user, too, where the root is not read-only."""
    writable = "find / -xdev -writable -not -type l -not -path '/proc/*' 2>/dev/null; true"
    tried = engine.containers.run(IMAGES[image], ["sh", "-c", writable], remove=True).decode()
    beyond = [path for path in tried.split() if not path.startswith(("/tmp", "/var/tmp", "/dev", "/run/lock"))]
    assert beyond == []


@BOTH
def test_it_is_labelled_with_what_it_was_made_from(engine, image):
    labels = engine.images.get(IMAGES[image]).labels
    names = ("title", "version", "licenses", "revision")
    title, version, licence, revision = (labels[f"org.opencontainers.image.{name}"] for name in names)
    assert (title, version, licence) == (f"brandlens-{image}", containers.TAG, "Apache-2.0")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert revision.removesuffix("-changed") == commit


@BOTH
def test_it_runs_as_nobody_in_particular_unless_told(engine, image):
    assert engine.images.get(IMAGES[image]).attrs["Config"]["User"] == "10001:10001"


def test_beams_workers_of_other_runners_start_from_the_data_image(run_in):
    said = run_in("data", "beam-worker-pool", "--help")
    assert "--service_port" in said


def test_the_harness_is_asked_for_by_options_alone(engine):
    """Dataflow gives no command. This base has no harness: what is proven is where it is looked for."""
    import docker

    with pytest.raises(docker.errors.ContainerError) as caught:
        engine.containers.run(containers.DATA, ["--id=1"], remove=True)
    assert b"/opt/apache/beam/boot" in caught.value.stderr


@BOTH
def test_every_package_is_there_that_another_one_asks_for(run_in, image):
    program = """
import json
from importlib.metadata import distributions
from packaging.requirements import Requirement
here = {d.name.lower().replace("_", "-").replace(".", "-"): d.version for d in distributions()}
asked = [(d.name, Requirement(r)) for d in distributions() for r in d.requires or () if d.name != "brandlens"]
print(json.dumps([f"{name} asks for {r}" for name, r in asked if (r.marker is None or r.marker.evaluate({"extra": ""}))
                  and here.get(r.name.lower().replace("_", "-").replace(".", "-")) not in r.specifier]))
"""
    assert json.loads(run_in(image, "python3", "-c", program)) == []
