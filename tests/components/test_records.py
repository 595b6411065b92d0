import io

import numpy as np
import pytest
from PIL import Image

from components import manifest, records, snapshot
from components.artifacts import Snapshot
from components.errors import StorageError
from components.ingest.step import run as ingest
from components.manifest import Row
from components.preprocess.step import run as preprocess

DATA = {"stored_side_px": 32, "stored_format": "png"}


@pytest.fixture
def made(raw_folder, tmp_path, beam_options):
    root = str(tmp_path / "root")
    preprocess(ingest(str(raw_folder), root, DATA), root, DATA, beam_options, str(tmp_path / "s.json"))
    return Snapshot.read(str(tmp_path / "s.json"))


def test_a_record_is_what_tensorflow_reads(tmp_path):
    import tensorflow as tf

    row = Row("p", "/raw/삼성.jpg", "a", "official", "g", 1, "1", id="ab" * 32)
    (tmp_path / "x").write_bytes(records.encode(row, 7, b"first") + records.encode(row, 8, b"second" * 1000))
    first, second = list(tf.data.TFRecordDataset(str(tmp_path / "x")).as_numpy_iterator())
    feature = tf.train.Example.FromString(first).features.feature
    assert feature["label"].int64_list.value[0] == 7
    assert feature["uri"].bytes_list.value[0].decode() == "/raw/삼성.jpg"
    assert tf.train.Example.FromString(second).features.feature["image"].bytes_list.value[0] == b"second" * 1000


def test_shards_are_filled_evenly():
    import hashlib

    ids = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(3000)]
    counts = np.bincount([records.shard_of(name, 3) for name in ids])
    assert counts.min() > 900  # 1,000 each; the standard deviation is 26


def test_stored_images_are_found_by_id(made, raw_folder):
    rows = snapshot.admitted(made)[:3]
    found = records.read_images(made, [row.id for row in rows] + ["f" * 64])
    assert found.keys() == {row.id for row in rows}
    for row in rows:
        raw = Image.open(raw_folder / row.path).convert("RGB").resize((32, 32), Image.Resampling.LANCZOS)
        difference = np.abs(np.asarray(Image.open(io.BytesIO(found[row.id])), float) - np.asarray(raw))
        assert difference.mean() < 0.6


def test_an_image_that_left_the_manifest_is_not_found(made):
    rows = snapshot.admitted(made)
    manifest.write_rows(made.manifest_uri, rows[1:])
    assert records.read_images(made, [rows[0].id]) == {}


@pytest.mark.parametrize("harm", [lambda data: data[:-5], lambda data: data[:40] + b"\0" + data[41:]])
def test_a_damaged_shard_is_named(made, harm):
    row = snapshot.admitted(made)[0]
    path = f"{made.increments[0].uri}/{records.file_name(row.split, 0, 1)}"
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(harm(data))
    with pytest.raises(StorageError, match="damaged at byte"):
        records.read_images(made, [item.id for item in snapshot.admitted(made)])


def test_a_shard_without_some_images_keeps_the_bytes_of_the_others(tmp_path):
    rows = [Row("p", "u", "a", "", "g", 1, "1", id=letter * 64) for letter in "abc"]
    first, second, third = (records.encode(row, place, row.id.encode()) for place, row in enumerate(rows))
    (tmp_path / "x").write_bytes(first + second + third)
    content, left, gone = records.without(str(tmp_path / "x"), {"b" * 64, "d" * 64})
    assert (content, left, gone) == (first + third, 2, {1: 1})


def test_an_increment_tells_which_of_some_images_it_holds(made):
    ids = [row.id for row in snapshot.admitted(made)[:3]]
    assert records.held(made.increments[0].uri, [*ids, "e" * 64]) == set(ids)
