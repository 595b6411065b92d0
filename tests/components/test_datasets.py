import io
import os
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from components import datasets, records, snapshot, split_files, storage
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


def test_an_image_that_came_back_is_read_once_from_where_the_manifest_says(make, raw_folder, tmp_path):
    first = make()
    kept = tmp_path / "kept.jpg"
    shutil.move(raw_folder / "acme/official/0.jpg", kept)
    make()
    shutil.copyfile(kept, raw_folder / "acme/official/0.jpg")
    made = make()
    (row,) = [row for row in snapshot.admitted(made) if row.path == "acme/official/0.jpg"]
    assert row.increment != first.increments[0].increment_id
    assert sum(made.counts[row.split].values()) == len(list(datasets.load_split(made, row.split, 32)))


def ids_of(made, **arguments):
    return [item["id"].decode() for item in datasets.load_split(made, "train", 32, **arguments).as_numpy_iterator()]


@pytest.fixture(scope="module")
def sharded(photographs, beam_options, tmp_path_factory):
    """A snapshot of two increments, the first with several shards for each split."""
    place = tmp_path_factory.mktemp("sharded")
    root, pointer = str(place / "root"), str(place / "s.json")
    for folder, numbers in (("acme", range(8)), ("zeta", range(8, 16)), ("acme/more", range(16, 22))):
        for number in numbers:
            path = place / f"raw/{folder}/{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            top, left = number * 14, number * 24
            Image.fromarray(photographs[number % 2][top : top + 96, left : left + 96]).save(path)
        if folder != "acme":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(increment, "SHARD_BYTES", 4000)
                preprocess(ingest(str(place / "raw"), root, DATA), root, DATA, beam_options, pointer)
    return Snapshot.read(pointer)


def test_a_seed_decides_the_order(sharded):
    assert ids_of(sharded, seed=1) == ids_of(sharded, seed=1)
    assert ids_of(sharded, seed=1) != ids_of(sharded, seed=2)
    assert ids_of(sharded, seed=1) != ids_of(sharded)
    assert sorted(ids_of(sharded, seed=1)) == sorted(ids_of(sharded))


def test_an_epoch_repeats_the_order_of_its_seed(sharded):
    dataset = datasets.load_split(sharded, "train", 32, seed=3)
    first, second = ([item["id"] for item in dataset.as_numpy_iterator()] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("workers", [2, 3, 17])
def test_workers_share_a_split_without_overlap_or_loss(sharded, workers):
    parts = [datasets.load_split(sharded, "train", 32, worker=worker, workers=workers) for worker in range(workers)]
    ids = [[item["id"].decode() for item in part.as_numpy_iterator()] for part in parts]
    assert [int(part.cardinality()) for part in parts] == [len(part) for part in ids]
    assert sorted(name for part in ids for name in part) == sorted(ids_of(sharded))


def test_workers_read_different_files_where_there_are_enough(sharded):
    found = [split_files.find(sharded, "train", worker, 2) for worker in range(2)]
    whole = split_files.find(sharded, "train")
    assert len(whole.files) > 2
    assert sorted(found[0].files + found[1].files) == sorted(whole.files)
    assert all(item.every == 1 for item in found)


@pytest.mark.parametrize(("worker", "workers"), [(2, 2), (-1, 2), (0, 0)])
def test_a_worker_that_does_not_exist_is_refused(sharded, worker, workers):
    with pytest.raises(ValueError, match=f"got {worker}"):
        datasets.load_split(sharded, "train", 32, worker=worker, workers=workers)


@pytest.mark.parametrize(("cache_bytes", "seed"), [(70_000, None), (70_000, 5), (10**9, None), (10**9, 5)])
def test_what_is_kept_in_memory_changes_neither_pixels_nor_labels(sharded, cache_bytes, seed):
    dataset = datasets.load_split(sharded, "train", 32, cache_bytes=cache_bytes, seed=seed)
    bare = datasets.load_split(sharded, "train", 32)
    expected = {item["id"]: item for item in bare.as_numpy_iterator()}
    for _ in range(2):
        items = list(dataset.as_numpy_iterator())
        assert len(items) == len(expected)
        for item in items:
            np.testing.assert_array_equal(item["image"], expected[item["id"]]["image"])
            assert item["label"] == expected[item["id"]]["label"]


@pytest.mark.parametrize(
    ("cache_bytes", "kept"),
    [(3 * 32**2 * 3, "pixels"), (3 * 32**2 * 3 - 1, "encoded"), (6000, "encoded"), (5999, "nothing")],
)
def test_memory_keeps_pixels_if_they_fit_else_encoded_images_if_these_fit(cache_bytes, kept):
    ids = np.array(["a", "b", "c"], object)
    found = split_files.SplitFiles(files=("f",), increments=(0,), size=6000, columns={"id": ids})
    assert datasets._kept(found, 32, cache_bytes) == kept


def test_tfds_opens_all_increments_with_every_label(make, raw_folder, save_crop):
    make()
    for number in range(9):
        save_crop(str(raw_folder / f"beta/{number}.jpg"), 1, 40 + number)
    made = make()
    assert len(made.increments) == 2
    builder = datasets.open_with_tfds(made)
    assert builder.info.features["label"].names == ["acme", "zeta", "beta"]
    for split in SPLITS:
        rows = {row.id: row.label for row in snapshot.admitted(made) if row.split == split}
        items = list(tfds.as_numpy(builder.as_dataset(split=split)))
        names = builder.info.features["label"].names
        assert {item["id"].decode(): names[item["label"]] for item in items} == rows


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
    written = []
    for row in rows:
        name = records.file_name("test", records.shard_of(row.id, 6), 6)
        content = records.encode(row, 0, file.getvalue())
        storage.write_bytes(storage.join(str(tmp_path), name), content)
        written.append(increment.Shard.of(name, len(content), [row]))
    config = DataConfig(stored_side_px=32, stored_format="png")
    increment.finish(str(tmp_path), written, ["a", "b"], {"train": 1, "validation": 1, "test": 6}, config)
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
