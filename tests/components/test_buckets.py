"""The data steps with raw folder and data root in buckets, against a server that speaks the real protocol."""

import pytest

from components import manifest, records, snapshot, storage
from components.artifacts import Findings, Snapshot
from components.check.step import run as check
from components.errors import StorageError
from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess

DATA = {
    "stored_side_px": 32,
    "stored_format": "png",
    "min_side_px": 8,
    "split": {"train": 0.5, "validation": 0.2, "test": 0.3},
}
CHECK = {"min_images_per_class": 4, "min_validation_images_per_class": 1, "min_test_images_per_class": 1}


@pytest.fixture
def places(bucket, raw_folder):
    """A raw folder and a data root in one bucket."""
    storage.copy_folder(str(raw_folder), f"{bucket}/raw")
    return f"{bucket}/raw", f"{bucket}/data"


@pytest.fixture
def make(tmp_path, beam_options):
    def call(raw, root):
        pointer = str(tmp_path / "snapshot.json")
        preprocess(ingest(raw, root, DATA), root, DATA, beam_options, pointer)
        return Snapshot.read(pointer)

    return call


def test_a_bucket_gives_the_same_records_as_a_folder(places, make, raw_folder, tmp_path):
    near, far = make(str(raw_folder), str(tmp_path / "root")), make(*places)
    assert far.snapshot_id == near.snapshot_id
    ids = [row.id for row in snapshot.admitted(near)]
    assert records.read_images(far, ids) == records.read_images(near, ids)


def test_what_check_found_is_kept_in_the_bucket(places, make, tmp_path):
    raw, root = places
    made = make(raw, root)
    for name in ("first", "again"):
        check(
            str(tmp_path / "snapshot.json"), root, CHECK, DATA, str(tmp_path / f"{name}.json"), str(tmp_path / "p.html")
        )
        assert Findings.read(str(tmp_path / f"{name}.json")).snapshot_id == made.snapshot_id
    kept = [info.uri.rsplit("/", 1)[1] for info in storage.list_files(f"{root}/check")]
    assert kept == ["data-report.html", "findings.json"]


def test_only_what_is_new_changed_or_gone_in_a_bucket_is_noticed(places, make, save_crop, tmp_path):
    raw, root = places
    first = make(raw, root)
    for number, name in ((30, "new"), (31, "0")):
        path = save_crop(str(tmp_path / f"{name}.jpg"), 0, number)
        storage.write_bytes(f"{raw}/acme/official/{name}.jpg", storage.read_bytes(path))
    storage.remove_folder(f"{raw}/acme/instagram")
    second = make(raw, root)
    assert second.increments[0] == first.increments[0]
    assert second.new_images == 2
    rows = {row.path: row for row in manifest.read_rows(second.manifest_uri)}
    assert len(rows) == 16 + 1 - 4
    added = second.increments[1].increment_id
    assert {path for path, row in rows.items() if row.increment == added} == {
        "acme/official/0.jpg",
        "acme/official/new.jpg",
    }


def test_nothing_new_in_a_bucket_is_found_again(places, make):
    first = make(*places)
    listed = {info.uri: info.version for info in storage.list_files(places[1])}
    assert make(*places) == first
    assert {info.uri: info.version for info in storage.list_files(places[1])} == listed


def test_what_operations_md_says_to_delete_erases_a_picture_and_moves_no_split(places, make, raw_folder, tmp_path):
    _, root = places
    before = {row.path: row for row in snapshot.admitted(make(str(raw_folder), root))}
    (raw_folder / "acme/official/0.jpg").unlink()
    make(str(raw_folder), root)
    name = before["acme/official/0.jpg"].id.encode()
    assert any(name in storage.read_bytes(info.uri) for info in storage.list_files(f"{root}/increments"))
    for folder in ("listings", "snapshots", "increments"):
        storage.remove_folder(f"{root}/{folder}")
    after = {row.path: row for row in snapshot.admitted(make(str(raw_folder), root))}
    assert before.keys() - after.keys() == {"acme/official/0.jpg"}
    assert all(row.split == before[path].split for path, row in after.items())
    assert not any(name in storage.read_bytes(info.uri) for info in storage.list_files(root))


def test_a_bucket_that_is_not_there_stops_the_first_step(bucket):
    with pytest.raises(StorageError, match="check the bucket's name"):
        ingest("gs://no-such-bucket/raw", f"{bucket}/data", DATA)
