"""Every function of storage on gs://, against a server that speaks the real protocol, also when requests fail."""

import threading

import pytest

from components import storage
from components.errors import PointerMovedError, StorageError

# The client library drops a refused download without closing it; the fixture collects what it dropped.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

LARGE = 9 * 2**20  # above 8 MiB the library uploads in a session of several requests


def test_what_was_written_is_read(bucket):
    storage.write_text(f"{bucket}/a/삼성 b*[c]?#.txt", "삼성")
    storage.write_bytes(f"{bucket}/empty", b"")
    assert storage.read_text(f"{bucket}/a/삼성 b*[c]?#.txt") == "삼성"
    assert storage.read_bytes(f"{bucket}/empty") == b""


def test_a_file_exists_and_a_folder_does_not(bucket):
    storage.write_text(f"{bucket}/a/b", "x")
    assert storage.exists(f"{bucket}/a/b")
    assert not storage.exists(f"{bucket}/a")
    assert not storage.exists(f"{bucket}/a/c")


def test_a_write_replaces_what_was_there(bucket):
    storage.write_text(f"{bucket}/a", "old")
    storage.write_text(f"{bucket}/a", "new")
    assert storage.read_text(f"{bucket}/a") == "new"


def test_a_part_of_a_file_is_read(bucket):
    storage.write_bytes(f"{bucket}/a", b"0123456789")
    assert storage.read_range(f"{bucket}/a", 3, 4) == b"3456"
    assert storage.read_range(f"{bucket}/a", 8, 4) == b"89"


def test_what_is_missing_is_named(bucket):
    with pytest.raises(StorageError, match=rf"{bucket}/absent does not exist"):
        storage.read_bytes(f"{bucket}/absent")
    with pytest.raises(StorageError, match=r"gs://no-such-bucket/raw does not exist.*check the bucket's name"):
        list(storage.list_files("gs://no-such-bucket/raw"))
    with pytest.raises(StorageError, match=r"no-such-bucket.*check the bucket's name"):
        storage.ensure_writable("gs://no-such-bucket/data")


def test_create_refuses_a_name_that_is_taken(bucket):
    assert storage.create(f"{bucket}/mark", b"first")
    assert not storage.create(f"{bucket}/mark", b"second")
    assert not storage.create(f"{bucket}/mark", b"first")  # equal content of another writer is not our own
    assert storage.read_bytes(f"{bucket}/mark") == b"first"


def test_swap_replaces_the_version_that_was_read(bucket):
    uri = f"{bucket}/pointer"
    assert storage.read_versioned(uri) == (None, "")
    storage.swap(uri, b"1", "")
    data, version = storage.read_versioned(uri)
    storage.swap(uri, b"2", version)
    assert (data, storage.read_bytes(uri)) == (b"1", b"2")


@pytest.mark.parametrize("version", ["", "1"])
def test_swap_with_another_version_changes_nothing(bucket, version):
    storage.write_bytes(f"{bucket}/pointer", b"1")
    with pytest.raises(PointerMovedError, match="changed by someone else"):
        storage.swap(f"{bucket}/pointer", b"2", version)
    assert storage.read_bytes(f"{bucket}/pointer") == b"1"


def test_of_many_writers_with_one_version_exactly_one_wins(bucket):
    uri = f"{bucket}/pointer"
    storage.swap(uri, b"start", "")
    _, version = storage.read_versioned(uri)
    won = []

    def write(number):
        try:
            storage.swap(uri, str(number).encode(), version)
            won.append(number)
        except PointerMovedError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [storage.read_bytes(uri)] == [str(number).encode() for number in won]


def test_no_increase_is_lost_when_two_writers_read_decide_and_swap(bucket):
    uri = f"{bucket}/count"
    storage.swap(uri, b"0", "")

    def increase():
        for _ in range(5):
            while True:
                data, version = storage.read_versioned(uri)
                try:
                    storage.swap(uri, str(int(data) + 1).encode(), version)
                    break
                except PointerMovedError:
                    continue

    threads = [threading.Thread(target=increase) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.read_bytes(uri) == b"10"


def test_a_listing_follows_every_page(bucket, faults):
    names = [f"raw/{number:02d}" for number in range(7)]
    for name in ("other", "raw", "raw/", "raw2/x", *names):
        storage.write_text(f"{bucket}/{name}", name)
    faults.page_size = 3
    faults.seen.clear()
    listed = list(storage.list_files(f"{bucket}/raw"))
    assert [info.uri for info in listed] == [f"{bucket}/{name}" for name in names]
    assert [info.size for info in listed] == [6] * 7
    assert len(faults.seen) >= 3


def test_a_listed_version_changes_with_the_content(bucket):
    storage.write_text(f"{bucket}/a", "1")
    (before,) = storage.list_files(bucket)
    storage.write_text(f"{bucket}/a", "2")
    (after,) = storage.list_files(bucket)
    assert before.version != after.version


def test_folders_are_copied_between_buckets_and_disk(bucket, tmp_path):
    storage.write_text(str(tmp_path / "from/deep/file"), "x")
    storage.copy_folder(str(tmp_path / "from"), f"{bucket}/one")
    storage.copy_folder(f"{bucket}/one", f"{bucket}/two/")
    with storage.local_folder(f"{bucket}/two") as folder:
        assert storage.read_text(f"{folder}/deep/file") == "x"


def test_a_removed_folder_takes_nothing_else_with_it(bucket):
    for name in ("a/1", "a/b/2", "ab/3", "a"):
        storage.write_text(f"{bucket}/{name}", "x")
    storage.remove_folder(f"{bucket}/a")
    storage.remove_folder(f"{bucket}/a")
    assert [info.uri for info in storage.list_files(bucket)] == [f"{bucket}/a", f"{bucket}/ab/3"]


def test_the_probe_for_writing_leaves_nothing(bucket):
    storage.ensure_writable(f"{bucket}/data")
    assert list(storage.list_files(bucket)) == []


@pytest.mark.parametrize("fault", ["503", "429", "cut request", "lost reply"])
@pytest.mark.parametrize("size", [10, LARGE])
def test_a_write_survives(bucket, faults, fault, size):
    data = b"0123456789" * (size // 10)
    faults.planned = [("POST", fault), ("POST", fault)]
    storage.write_bytes(f"{bucket}/a", data)
    assert storage.read_bytes(f"{bucket}/a") == data
    assert faults.planned == []


# Not a lost reply: a bucket remembers an upload that has ended, this server answers 404 and closes the connection.
@pytest.mark.parametrize("fault", ["503", "cut request"])
def test_the_body_of_a_large_write_survives(bucket, faults, fault):
    data = bytes(range(256)) * (LARGE // 256)
    faults.planned = [("PUT", fault)]
    storage.write_bytes(f"{bucket}/a", data)
    assert storage.read_bytes(f"{bucket}/a") == data
    assert faults.planned == []


@pytest.mark.parametrize("fault", ["503", "lost reply", "cut reply"])
def test_a_read_survives(bucket, faults, fault):
    data = bytes(range(256)) * 4096
    storage.write_bytes(f"{bucket}/a", data)
    faults.planned = [("GET", fault), ("GET", fault)]
    assert storage.read_bytes(f"{bucket}/a") == data
    faults.planned = [("GET", fault)]
    assert storage.read_versioned(f"{bucket}/a")[0] == data
    assert faults.planned == []


@pytest.mark.parametrize("fault", ["503", "cut request", "lost reply", "cut reply"])
def test_a_listing_survives(bucket, faults, fault):
    storage.write_text(f"{bucket}/a", "x")
    faults.planned = [("GET", fault)]
    assert [info.uri for info in storage.list_files(bucket)] == [f"{bucket}/a"]


@pytest.mark.parametrize("fault", ["503", "lost reply"])
def test_a_removal_survives(bucket, faults, fault):
    storage.write_text(f"{bucket}/a/b", "x")
    faults.planned = [("DELETE", fault)]
    storage.remove_folder(f"{bucket}/a")
    assert not storage.exists(f"{bucket}/a/b")
    assert faults.planned == []


def test_a_write_that_is_cut_is_not_half_visible(bucket, faults):
    storage.write_bytes(f"{bucket}/a", b"old")
    seen = []
    new = b"n" * 1_000_000

    def look():
        seen.append(storage.read_bytes(f"{bucket}/a"))

    faults.planned = [("POST", "cut request")] * 3
    writer = threading.Thread(target=storage.write_bytes, args=(f"{bucket}/a", new))
    writer.start()
    while writer.is_alive():
        look()
    writer.join()
    look()
    assert set(seen) <= {b"old", new}
    assert seen[-1] == new


@pytest.mark.parametrize("fault", ["503", "lost reply", "cut request"])
def test_a_creation_whose_reply_is_lost_knows_its_own_file(bucket, faults, fault):
    faults.planned = [("POST", fault)]
    assert storage.create(f"{bucket}/mark", b"mine")
    assert not storage.create(f"{bucket}/mark", b"mine")


@pytest.mark.parametrize("fault", ["503", "lost reply", "cut request"])
def test_a_swap_whose_reply_is_lost_knows_its_own_write(bucket, faults, fault):
    faults.planned = [("POST", fault)]
    storage.swap(f"{bucket}/pointer", b"1", "")
    _, version = storage.read_versioned(f"{bucket}/pointer")
    faults.planned = [("POST", fault)]
    storage.swap(f"{bucket}/pointer", b"2", version)
    assert storage.read_bytes(f"{bucket}/pointer") == b"2"
    with pytest.raises(PointerMovedError):
        storage.swap(f"{bucket}/pointer", b"2", version)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("403", r"No permission for {}/a\. .*storage\.objectUser"),
        ("401", r"No credentials for {}/a\. Run `gcloud auth application-default login`"),
    ],
)
def test_a_refusal_names_what_to_do(bucket, faults, status, said):
    faults.planned = [("GET", status)]
    with pytest.raises(StorageError, match=said.format(bucket)):
        storage.read_bytes(f"{bucket}/a")
