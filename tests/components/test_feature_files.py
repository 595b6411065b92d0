import shutil

import pytest

from components import feature_files, storage
from components.feature_files import FeatureFiles, open_files
from tuning.store import eviction

NAME = "net/32px/pooled/float16/view-0/a/train-00000-00000.features"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(feature_files.FOLDER, str(tmp_path / "copies"))
    return tmp_path / "copies"


def test_a_folders_files_are_mapped_where_they_lie(tmp_path, cache):
    files = FeatureFiles(str(tmp_path / "features"))
    files.write(NAME, b"abc")
    assert files.local(NAME) == tmp_path / "features" / NAME
    assert files.local("absent") is None
    assert files.folder() == tmp_path / "features"
    assert not cache.exists()


def test_a_buckets_file_is_brought_once(bucket, cache):
    FeatureFiles(f"{bucket}/features").write(NAME, b"abc")
    shutil.rmtree(cache)  # another machine
    files = FeatureFiles(f"{bucket}/features")
    path = files.local(NAME)
    assert path.read_bytes() == b"abc"
    storage.write_bytes(f"{bucket}/features/{NAME}", b"not read again")
    assert files.local(NAME).read_bytes() == b"abc"
    files.forget(NAME)
    assert files.local(NAME).read_bytes() == b"not read again"


def test_what_was_written_to_a_bucket_is_here_already_and_there_too(bucket, cache):
    files = FeatureFiles(f"{bucket}/features")
    files.write(NAME, b"abc")
    assert files.disk.local(NAME) is not None
    assert files.folder().is_relative_to(cache)
    assert storage.read_bytes(f"{bucket}/features/{NAME}") == b"abc"


@pytest.mark.parametrize("remote", [False, True])
def test_names_and_sizes_are_those_of_the_data_root(tmp_path, request, remote):
    files = FeatureFiles(f"{request.getfixturevalue('bucket')}/features" if remote else str(tmp_path / "features"))
    files.write(NAME, b"abc")
    files.write("net/32px/costs.json", b"{}")
    assert files.sizes() == {NAME: 3, "net/32px/costs.json": 2}
    assert files.names("net/32px/pooled/") == [NAME]
    assert files.names("net/32px/c") == ["net/32px/costs.json"]
    files.remove(NAME)
    assert files.names("net/32px/pooled/") == []


def test_the_automatic_budget_is_half_of_what_is_held_and_free(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 60, 40))
    root = str(tmp_path / "root")
    FeatureFiles(f"{root}/features").write(NAME, b"x" * 20)
    assert open_files(root, "auto")[1] == 30  # half of 20 held and 40 free
    assert open_files(root, 2.5)[1] == 2_500_000_000


def test_copies_that_were_not_used_for_long_make_room_when_a_run_starts(bucket, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 96, 4))
    files = FeatureFiles(f"{bucket}/features")
    other = NAME.replace("pooled", "block4")
    for name, used_s in ((NAME, 1.0), (other, None)):
        files.write(name, b"x" * 20)
        eviction.stamp(files.disk, eviction.folder_of(name), used_s)
    open_files(bucket, "auto")
    assert files.disk.local(NAME) is None
    assert files.disk.local(other) is not None
    assert files.read(NAME) is not None  # only the copy is gone
