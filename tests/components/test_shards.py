import os

import pytest

from components import shards, storage
from components.artifacts import Increment

FILES = {
    "dataset_info.json": b"{}",
    "features.json": b"{}",
    "images-train.tfrecord-00000-of-00002": b"one",
    "images-train.tfrecord-00001-of-00002": b"",
    "images-test.tfrecord-00000-of-00001": b"two",
}


@pytest.fixture
def copies(tmp_path, monkeypatch):
    monkeypatch.setenv("BRANDLENS_INCREMENTS", str(tmp_path / "copies"))
    return tmp_path / "copies"


@pytest.fixture
def increment(bucket):
    for name, content in FILES.items():
        storage.write_bytes(f"{bucket}/increments/a/{name}", content)
    return Increment(increment_id="id", uri=f"{bucket}/increments/a", counts={})


def test_a_local_increment_is_its_own_folder(tmp_path, copies):
    assert shards.local(Increment(increment_id="id", uri=str(tmp_path), counts={}), "train") == str(tmp_path)
    assert not copies.exists()


def test_only_the_split_that_is_asked_for_is_copied(increment, copies):
    folder = shards.local(increment, "train")
    assert sorted(os.listdir(folder)) == sorted(name for name in FILES if "test" not in name)
    assert storage.read_bytes(f"{folder}/images-train.tfrecord-00000-of-00002") == b"one"
    assert shards.local(increment, "test") == folder
    assert sorted(os.listdir(folder)) == sorted(FILES)
    assert os.listdir(copies) == [os.path.basename(folder)]


def test_only_the_shards_that_are_named_are_copied(increment, copies):
    folder = shards.local(increment, "train", {"images-train.tfrecord-00001-of-00002"})
    assert sorted(os.listdir(folder)) == ["dataset_info.json", "features.json", "images-train.tfrecord-00001-of-00002"]


def test_what_is_there_whole_is_not_read_again(increment, copies):
    folder = shards.local(increment, "train")
    before = {info.uri: info.version for info in storage.list_files(folder)}
    os.unlink(f"{folder}/features.json")
    shards.local(increment, "train")
    after = {info.uri: info.version for info in storage.list_files(folder)}
    assert after.keys() == before.keys()
    assert [uri for uri in after if after[uri] != before[uri]] == [f"{folder}/features.json"]


def test_equal_records_of_two_places_are_two_folders(increment, bucket, copies):
    storage.copy_folder(increment.uri, f"{bucket}/increments/b")
    other = increment.model_copy(update={"uri": f"{bucket}/increments/b"})
    assert shards.local(increment, "test") != shards.local(other, "test")


def test_without_a_named_folder_copies_lie_in_the_users_cache(increment, tmp_path, monkeypatch):
    monkeypatch.delenv("BRANDLENS_INCREMENTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert shards.local(increment, "test").startswith(f"{tmp_path}/cache/brandlens/increments/id-")
