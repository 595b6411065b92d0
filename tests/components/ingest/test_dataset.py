import os

from components import manifest, snapshot
from components.artifacts import Listing, Snapshot
from components.config import DataConfig
from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess
from components.storage import list_files

RAW = "tfds:brand_marks"


def listed(tmp_path, raw=RAW):
    listing = Listing.read(ingest(raw, str(tmp_path / "root"), {}))
    return listing, list(manifest.read_entries(listing.entries_uri))


def test_images_of_a_dataset_are_entries_with_its_own_labels(tfds_folder, tmp_path):
    listing, entries = listed(tmp_path)
    assert (listing.raw, listing.images, listing.new_images) == (RAW, 8, 8)
    assert sorted((entry.label, entry.problem) for entry in entries) == [("../zeta/x", "")] * 4 + [("acme", "")] * 4
    assert all(entry.uri.startswith(f"{tmp_path}/root/raw/brand_marks-1.2.0-") for entry in entries)
    assert listing.lineage == snapshot.lineage(RAW, DataConfig())


def test_a_dataset_is_written_once(tfds_folder, tmp_path):
    first, _ = listed(tmp_path)
    times = {info.uri: info.version for info in list_files(str(tmp_path / "root/raw"))}
    again, _ = listed(tmp_path)
    assert again == first
    assert {info.uri: info.version for info in list_files(str(tmp_path / "root/raw"))} == times


def test_a_dataset_that_was_written_need_not_be_prepared_where_it_is_listed(tfds_folder, tmp_path, monkeypatch):
    first, _ = listed(tmp_path)
    monkeypatch.setattr("tensorflow_datasets.core.constants.DATA_DIR", str(tmp_path / "empty"))
    assert listed(tmp_path)[0] == first


def test_a_dataset_that_was_not_written_whole_is_written_again(tfds_folder, tmp_path):
    listing, entries = listed(tmp_path)
    (mark,) = (tmp_path / "root/raw").glob("*/manifest.jsonl")
    os.unlink(mark)
    os.unlink(entries[0].uri)
    assert listed(tmp_path)[0].images == listing.images
    assert mark.exists()


def test_another_split_is_another_folder(tfds_folder, tmp_path):
    assert listed(tmp_path, f"{RAW}:train")[0].images == 6
    assert listed(tmp_path, f"{RAW}:train[:50%]+test")[0].images == 5
    assert len(list((tmp_path / "root/raw").iterdir())) == 2


def test_a_dataset_becomes_a_snapshot(prepared, monkeypatch, tmp_path, beam_options):
    monkeypatch.setattr("tensorflow_datasets.core.constants.DATA_DIR", prepared("tfrecord"))
    root, pointer = str(tmp_path / "root"), str(tmp_path / "snapshot.json")
    data = {"stored_side_px": 32}
    preprocess(ingest(RAW, root, data), root, data, beam_options, pointer)
    made = Snapshot.read(pointer)
    assert made.labels == ("../zeta/x", "acme")
    rows = manifest.read_rows(made.manifest_uri)
    assert sorted({(row.width, row.height) for row in rows if row.status == "admitted"}) == [(30, 20)]
