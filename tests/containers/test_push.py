"""`make push-images` against a real registry; it needs the Debian package docker-registry."""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components import containers
from pipelines.profiles import Images

pytestmark = pytest.mark.containers
ROOT = Path(__file__).parents[2]
MANIFEST = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def registry(tmp_path: Path, free_port: int) -> Iterator[str]:
    """Where an empty registry answers."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    settings = {"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": f"localhost:{free_port}"}, "log": {"level": "error"}}  # fmt: skip
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump(settings))
    process = subprocess.Popen(["docker-registry", "serve", str(tmp_path / "registry.yaml")], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{free_port}/v2/").close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield f"localhost:{free_port}/brands"
    finally:
        process.terminate()
        process.wait()


def push(registry: str) -> subprocess.CompletedProcess[str]:
    # Docker takes a registry on this machine without TLS, the others must be told.
    options = "" if os.environ.get("ENGINE") == "docker" else "--tls-verify=false"
    return subprocess.run(
        ["make", "--silent", "push-images", f"REGISTRY={registry}"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PUSH_OPTIONS": options},
    )  # fmt: skip


def test_what_push_prints_is_what_the_registry_holds_and_what_a_profile_takes(engine, registry: str):
    pushed = push(registry)
    assert pushed.returncode == 0, pushed.stderr
    images = Images.model_validate(yaml.safe_load(pushed.stdout)["images"])
    for image, name in ((images.data, containers.DATA), (images.gpu, containers.GPU)):
        place, digest = image.split("@")
        assert place == f"{registry}/{name.partition(':')[0]}"
        assert digest_of(place, name.partition(":")[2]) == digest


def test_a_push_that_fails_prints_no_digest(engine):
    pushed = push("localhost:9/brands")  # the port of the discard service: nobody listens
    assert pushed.returncode != 0
    assert "sha256" not in pushed.stdout


def digest_of(place: str, tag: str) -> str:
    host, _, path = place.partition("/")
    request = urllib.request.Request(f"http://{host}/v2/{path}/manifests/{tag}", headers={"Accept": MANIFEST})
    with urllib.request.urlopen(request) as answer:
        return answer.headers["Docker-Content-Digest"]
