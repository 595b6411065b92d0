import io
import os
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from components import datasets, records, snapshot, storage
from components.artifacts import SPLITS, Snapshot
from components.config import DataConfig
from components.ingest.step import run as ingest
from components.manifest import Row
from components.preprocess import increment
from components.preprocess.step import run as preprocess

DATA = {"stored_side_px": 32, "stored_format": "png"}


@pytest.fixture
def make(raw_folder, tmp_path, beam_options):
    def call(root=None, **data):
        root, settings = root or str(tmp_path / "root"), {**DATA, **data}
        preprocess(ingest(str(raw_folder), root, settings), root, settings, beam_options, str(tmp_path / "s.json"))
        return Snapshot.read(str(tmp_path / "s.json"))

    return call


def read(made, side_px=32):
    """Path -> (split, element) over all splits."""
    paths = {row.id: row.path for row in snapshot.admitted(made)}
    return {
        paths[item["id"].decode()]: (split, item)
        for split in SPLITS
        for item in datasets.load_split(made, split, side_px).as_numpy_iterator()
    }


def test_every_admitted_image_is_read_with_what_the_manifest_says(make):
    made = make()
    items = read(made)
    rows = {row.path: row for row in snapshot.admitted(made)}
    assert items.keys() == rows.keys()
    for path, (split, item) in items.items():
        row = rows[path]
        assert (split, made.labels[item["label"]]) == (row.split, row.label)
        assert [item[name].decode() for name in ("id", "source", "group", "uri")] == [
            row.id, row.source, row.group, row.uri,
        ]  # fmt: skip


@pytest.mark.parametrize(("stored_format", "tolerance"), [("png", 0), ("jpeg", 1)])
def test_pixels_are_those_that_were_stored(make, stored_format, tolerance):
    made = make(stored_format=stored_format)
    stored = records.read_images(made, [row.id for row in snapshot.admitted(made)])
    for _, item in read(made).values():
        image = np.asarray(Image.open(io.BytesIO(stored[item["id"].decode()])))
        assert item["image"].dtype == np.uint8
        assert np.abs(item["image"].astype(int) - image).max() <= tolerance


def test_images_come_at_the_side_that_is_asked_for(make):
    spec = datasets.load_split(make(), "train", 24).element_spec
    assert spec["image"].shape == (24, 24, 3)
    assert next(iter(datasets.load_split(make(), "train", 24)))["image"].shape == (24, 24, 3)


def test_the_order_is_the_same_every_time_and_the_number_is_known(make):
    first, second = (datasets.load_split(make(), "train", 32) for _ in range(2))
    ids = [item["id"] for item in first.as_numpy_iterator()]
    assert ids == [item["id"] for item in second.as_numpy_iterator()]
    assert first.cardinality() == len(ids)


def test_increments_are_read_as_one_without_what_was_removed(make, raw_folder, save_crop):
    make()
    os.remove(raw_folder / "acme/official/0.jpg")
    shutil.move(raw_folder / "acme/official/2.jpg", raw_folder / "zeta/official/was_acme.jpg")
    for number in range(4):
        save_crop(str(raw_folder / f"beta/{number}.jpg"), 1, 40 + number)
    made = make()
    items = read(made)
    assert len(made.increments) == 2
    assert len(items) == 16 - 1 + 4
    assert "acme/official/0.jpg" not in items
    assert made.labels[items["zeta/official/was_acme.jpg"][1]["label"]] == "zeta"


def test_a_split_without_images_is_an_empty_dataset_of_the_same_kind(make):
    made = make()
    empty = made.model_copy(update={"increments": ()})
    for side in (32, 24):
        full = datasets.load_split(made, "train", side).element_spec
        assert datasets.load_split(empty, "train", side).element_spec == full
    assert list(datasets.load_split(empty, "train", 32)) == []


def test_a_split_that_does_not_exist_is_refused(make):
    with pytest.raises(ValueError, match="train, validation, test; got 'holdout'"):
        datasets.load_split(make(), "holdout", 32)


def test_tfds_opens_an_increment_by_itself(make):
    made = make()
    builder = tfds.builder_from_directory(made.increments[0].uri)
    assert builder.info.features["label"].names == ["acme", "zeta"]
    assert builder.info.splits["train"].num_examples == sum(made.counts["train"].values())
    items = list(tfds.as_numpy(builder.as_dataset(split="train")))
    rows = {row.id: row for row in snapshot.admitted(made)}
    assert len(items) == sum(made.counts["train"].values())
    for item in items:
        row = rows[item["id"].decode()]
        assert builder.info.features["label"].int2str(item["label"]) == row.label
        assert item["image"].shape == (32, 32, 3)


def test_tfds_reads_past_shards_that_hold_nothing(tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (32, 32), (1, 2, 3)).save(file, "PNG")
    ids = ["0" * 64, "0" * 14 + "4" + "0" * 49]
    rows = [Row(name, "u", "a", "", "", 1, "1", id=name, split="test", status="admitted", stored=name) for name in ids]
    assert [records.shard_of(row.id, 6) for row in rows] == [0, 4]
    for row in rows:
        place = storage.join(str(tmp_path), records.file_name("test", records.shard_of(row.id, 6), 6))
        storage.write_bytes(place, records.encode(row, 0, file.getvalue()))
    config = DataConfig(stored_side_px=32, stored_format="png")
    increment.finish(str(tmp_path), rows, ["a", "b"], {"train": 1, "validation": 1, "test": 6}, config)
    builder = tfds.builder_from_directory(str(tmp_path))
    read = tfds.as_numpy(builder.as_dataset(split="test"))
    assert [item["id"].decode() for item in read] == ids


def test_a_snapshot_in_a_bucket_is_read_as_one_in_a_folder(make, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("BRANDLENS_INCREMENTS", str(tmp_path / "copies"))
    near, far = read(make()), read(make(f"{bucket}/data"))
    assert far.keys() == near.keys()
    for path, (split, item) in far.items():
        assert split == near[path][0]
        np.testing.assert_array_equal(item["image"], near[path][1]["image"])
