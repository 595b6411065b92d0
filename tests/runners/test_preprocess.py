import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess

DATA = {"stored_side_px": 64}


@pytest.fixture
def soiled_folder(raw_folder, save_crop, photographs):
    """Photographs of two brands, and beside them what scraping brings: damage, repetition, contradiction."""
    for number in range(8, 24):
        save_crop(str(raw_folder / f"acme/pinterest/{number}.png"), number % 2, number)
    shutil.copy(raw_folder / "acme/official/0.jpg", raw_folder / "acme/official/again.jpg")
    shutil.copy(raw_folder / "acme/official/2.jpg", raw_folder / "zeta/official/other_brand.jpg")
    (raw_folder / "zeta/official/cut.jpg").write_bytes((raw_folder / "zeta/official/0.jpg").read_bytes()[:900])
    (raw_folder / "zeta/official/note.jpg").write_text("not an image")
    Image.fromarray(photographs[1]).save(raw_folder / "zeta/large.jpg", quality=95)
    Image.fromarray(np.clip(photographs[1] * 1.04, 0, 255).astype(np.uint8)).save(raw_folder / "zeta/brighter.jpg")
    return raw_folder


FRESH = re.compile(r"-[0-9a-f]{8}(?=[/\"]|$)")  # what makes a folder's name new in each attempt


def _written(root):
    """Name -> content of everything below the data root, without what tells the attempt and its duration."""
    files = {}
    for path in (path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".json":
            content = json.dumps({**json.loads(FRESH.sub("", content.decode())), "seconds": 0}).encode()
        files[FRESH.sub("", str(path.relative_to(root)))] = content
    return files


def test_every_runner_writes_the_same_bytes(soiled_folder, tmp_path, beam_options, portable_options):
    root = tmp_path / "root"
    results = []
    for options in (beam_options, portable_options):
        shutil.rmtree(root, ignore_errors=True)
        preprocess(ingest(str(soiled_folder), str(root), DATA), str(root), DATA, options, str(tmp_path / "s.json"))
        results.append(_written(root))
    here, there = results
    assert sum(".tfrecord-" in name for name in here) == 3
    assert sum(name.endswith(".parquet") for name in here) >= 2
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
