import pytest

from tuning.files import Folder


@pytest.fixture
def files(tmp_path):
    return Folder(tmp_path / "state")


def test_what_was_written_is_read_and_a_second_write_replaces_it(files):
    files.write("trials/a.json", b"one")
    files.write("trials/a.json", b"two")
    assert files.read("trials/a.json") == b"two"


def test_a_file_that_is_not_there_is_none_and_may_be_removed(files):
    files.remove("trials/a.json")
    assert files.read("trials/a.json") is None


def test_names_are_those_that_start_with_the_prefix_in_order(files):
    for name in ("b/2", "a/1", "b/1", "c"):
        files.write(name, b"")
    assert files.names("b/") == ["b/1", "b/2"]
    assert files.names() == ["a/1", "b/1", "b/2", "c"]


def test_a_write_that_was_cut_short_leaves_no_name(files, monkeypatch):
    files.write("a", b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.write("a", b"new")
    assert (files.read("a"), files.names()) == (b"old", ["a"])
    assert [path.name for path in files.root.iterdir()] == ["a"]
