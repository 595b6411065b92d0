"""Large files and folders piece by piece, on disk and in a bucket."""

import os

import pytest

from components import storage
from components.errors import StorageError
from components.storage import bucket as gcs
from components.storage import streams


@pytest.fixture(params=["disk", "bucket"])
def root(request, tmp_path):
    """A place of either kind."""
    return str(tmp_path / "root") if request.param == "disk" else request.getfixturevalue("bucket")


def test_lines_that_were_written_are_read(root):
    streams.write_lines(f"{root}/a.txt", ["삼성", "b"])
    assert storage.read_text(f"{root}/a.txt") == "삼성\nb\n"
    with streams.reading(f"{root}/a.txt") as file:
        assert file.read().decode() == "삼성\nb\n"


def test_nothing_is_seen_of_lines_that_were_not_written_to_their_end(root):
    def broken():
        yield "a"
        raise KeyError

    storage.write_text(f"{root}/a.txt", "before")
    with pytest.raises(KeyError):
        streams.write_lines(f"{root}/a.txt", broken())
    assert [(info.uri, info.size) for info in storage.list_files(root)] == [(f"{root}/a.txt", 6)]


def test_a_file_that_is_not_there_is_named(root):
    with pytest.raises(StorageError, match=r"absent\.csv does not exist"), streams.reading(f"{root}/absent.csv"):
        pass


def test_a_scan_finds_what_a_listing_finds(root):
    for name in ("b", "a/1", "a/b/2", "a/b/삼성", ".hidden/x"):
        storage.write_text(f"{root}/{name}", name)
    assert sorted(info.uri for info in streams.scan(root)) == sorted(info.uri for info in storage.list_files(root))
    assert set(streams.scan(root)) == set(storage.list_files(root))


def test_a_scan_names_linked_folders_and_does_not_enter_them(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/1").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").symlink_to(tmp_path / "folder/1")
    found = {info.uri.removeprefix(f"{tmp_path}/"): info.is_linked_folder for info in streams.scan(str(tmp_path))}
    assert found == {"folder/1": False, "link": True, "file": False}


def test_a_scan_of_what_is_not_there_is_an_error_unless_it_may_be_passed_over(tmp_path):
    with pytest.raises(StorageError, match="absent does not exist"):
        list(streams.scan(str(tmp_path / "absent")))
    assert list(streams.scan(str(tmp_path / "absent"), passing_over=True)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_is_closed_is_an_error(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    try:
        with pytest.raises(StorageError, match=r"No permission for .*closed"):
            list(streams.scan(str(tmp_path)))
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_an_object_is_read_by_pieces(bucket, monkeypatch):
    monkeypatch.setattr(gcs, "PIECE", 2**18)  # the library's least
    content = os.urandom(2**19 + 5)
    storage.write_bytes(f"{bucket}/a", content)
    with streams.reading(f"{bucket}/a") as file:
        assert b"".join(iter(lambda: file.read(100_000), b"")) == content


def test_all_pieces_are_asked_of_one_version(bucket, faults, monkeypatch):
    monkeypatch.setattr(gcs, "PIECE", 2**18)
    storage.write_bytes(f"{bucket}/a", b"a" * 2**19)
    (info,) = storage.list_files(bucket)
    faults.seen.clear()
    with streams.reading(f"{bucket}/a") as file:
        assert len(file.read(2**18) + file.read()) == 2**19
    pieces = [path for method, path in faults.seen if method == "GET" and "alt=media" in path]
    assert len(pieces) == 2
    # The emulator gives what is there; the service refuses a version that was replaced.
    assert all(f"generation={info.version}" in path for path in pieces)
