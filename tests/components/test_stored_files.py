import pytest

from components import storage
from components.stored_files import StoredFiles


@pytest.fixture(params=["folder", "bucket"])
def files(request, tmp_path):
    place = str(tmp_path) if request.param == "folder" else request.getfixturevalue("bucket")
    return StoredFiles(storage.join(place, "state"))


def test_what_was_written_is_read_listed_and_removed(files):
    files.write("trials/a.json", b"one")
    files.write("trials/a.json", b"two")
    files.write("other", b"")
    assert files.read("trials/a.json") == b"two"
    assert (files.names("trials/"), files.names()) == (["trials/a.json"], ["other", "trials/a.json"])
    files.remove("trials/a.json")
    assert files.read("trials/a.json") is None


def test_removing_what_is_not_there_is_no_error(files):
    files.remove("never")
    assert files.names() == []
