"""`make push-images` against a real registry; it needs the Debian package docker-registry."""

import os
import shutil
import subprocess
import sys
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
def registry(tmp_path: Path) -> Iterator[str]:
    """Where an empty registry answers."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    settings = {"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": "localhost:5055"}, "log": {"level": "error"}}  # fmt: skip
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump(settings))
    process = subprocess.Popen(["docker-registry", "serve", str(tmp_path / "registry.yaml")])
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                urllib.request.urlopen("http://localhost:5055/v2/").close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield "localhost:5055/brands"
    finally:
        process.terminate()
        process.wait()


def test_what_push_prints_is_what_the_registry_holds_and_what_a_profile_takes(engine, registry: str):
    options = "" if shutil.which("buildah") is None else "--tls-verify=false"
    pushed = subprocess.run(
        ["make", "--silent", "push-images", f"REGISTRY={registry}"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PUSH_OPTIONS": options}, check=True, stderr=sys.stderr,
    ).stdout  # fmt: skip
    images = Images.model_validate(yaml.safe_load(pushed)["images"])
    for image, name in ((images.data, containers.DATA), (images.gpu, containers.GPU)):
        place, digest = image.split("@")
        assert place == f"{registry}/{name.partition(':')[0]}"
        assert digest_of(place, name.partition(":")[2]) == digest


def digest_of(place: str, tag: str) -> str:
    host, _, path = place.partition("/")
    request = urllib.request.Request(f"http://{host}/v2/{path}/manifests/{tag}", headers={"Accept": MANIFEST})
    with urllib.request.urlopen(request) as answer:
        return answer.headers["Docker-Content-Digest"]
