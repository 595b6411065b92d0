import errno
import os
import threading
from pathlib import Path

import pytest

from components import storage
from components.errors import PointerMovedError, StorageError


def test_a_write_makes_its_folder_and_leaves_nothing_beside_it(tmp_path: Path):
    uri = storage.join(str(tmp_path), "a", "b.txt")
    storage.write_text(uri, "삼성")
    assert storage.read_text(uri) == "삼성"
    assert os.listdir(tmp_path / "a") == ["b.txt"]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    uri = str(tmp_path / "file")
    storage.write_text(uri, "old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", uri)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        storage.write_text(uri, "new")
    assert storage.read_text(uri) == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_part_of_a_file_is_read(tmp_path: Path):
    uri = str(tmp_path / "file")
    storage.write_bytes(uri, b"0123456789")
    assert storage.read_range(uri, 3, 4) == b"3456"
    assert storage.read_range(uri, 8, 4) == b"89"
    with pytest.raises(StorageError, match="gone"):
        storage.read_range(str(tmp_path / "gone"), 0, 1)


def test_create_refuses_a_name_that_is_taken(tmp_path: Path):
    uri = str(tmp_path / "mark")
    assert storage.create(uri, b"first")
    assert not storage.create(uri, b"second")
    assert storage.read_bytes(uri) == b"first"
    assert os.listdir(tmp_path) == ["mark"]


def test_swap_replaces_the_version_that_was_read(tmp_path: Path):
    uri = str(tmp_path / "pointer")
    assert storage.read_versioned(uri) == (None, "")
    storage.swap(uri, b"1", "")
    data, version = storage.read_versioned(uri)
    storage.swap(uri, b"2", version)
    assert (data, storage.read_bytes(uri)) == (b"1", b"2")


def test_swap_with_an_old_version_changes_nothing(tmp_path: Path):
    uri = str(tmp_path / "pointer")
    storage.swap(uri, b"1", "")
    with pytest.raises(PointerMovedError, match="changed by someone else"):
        storage.swap(uri, b"2", "")
    assert storage.read_bytes(uri) == b"1"


def test_of_many_writers_with_one_version_exactly_one_wins(tmp_path: Path):
    uri = str(tmp_path / "pointer")
    storage.swap(uri, b"start", "")
    _, version = storage.read_versioned(uri)
    won: list[int] = []

    def write(number: int) -> None:
        try:
            storage.swap(uri, str(number).encode(), version)
            won.append(number)
        except PointerMovedError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [storage.read_bytes(uri)] == [str(number).encode() for number in won]


def test_listing_is_in_order_and_tells_size_and_version(tmp_path: Path):
    for name in ("b/2", "a/1", "c"):
        storage.write_text(storage.join(str(tmp_path), name), name)
    listed = {info.uri.removeprefix(f"{tmp_path}/"): info for info in storage.list_files(str(tmp_path))}
    assert list(listed) == ["c", "a/1", "b/2"]
    assert listed["a/1"].size == 3
    before = listed["c"].version
    os.utime(tmp_path / "c", ns=(1, 1))
    assert next(iter(storage.list_files(str(tmp_path)))).version not in (before, "")


def test_a_copied_folder_has_the_same_files(tmp_path: Path):
    storage.write_text(str(tmp_path / "from" / "deep" / "file"), "x")
    storage.copy_folder(str(tmp_path / "from"), str(tmp_path / "to"))
    assert storage.read_text(str(tmp_path / "to" / "deep" / "file")) == "x"


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(StorageError, match=r"absent does not exist\."):
        storage.read_bytes(str(tmp_path / "absent"))


def test_a_place_below_a_file_is_no_place_to_write(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        storage.ensure_writable(str(tmp_path / "file" / "below"))


def test_the_probe_for_writing_leaves_nothing(tmp_path: Path):
    storage.ensure_writable(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_relative_path_is_made_absolute_and_an_address_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert storage.absolute("raw/../raw") == str(tmp_path / "raw")
    assert storage.absolute("gs://b/raw") == "gs://b/raw"
    assert storage.absolute("tfds:mnist:train[:10%]") == "tfds:mnist:train[:10%]"
