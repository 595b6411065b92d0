import os

from components import storage
from components.artifacts import Snapshot
from components.check.champion import find


def publish(root, folder, name):
    made = Snapshot(
        snapshot_id=name, uri=f"{root}/snapshots/{folder}/snapshot.json", manifest_uri="", labels=(), increments=(),
        stored_side_px=32, counts={}, quarantined={}, duplicates=0, new_images=0, seconds=0.0,
    )  # fmt: skip
    made.write(made.uri)
    storage.write_text(f"{root}/snapshots/{folder}/manifest-{name}.parquet", "rows")
    return made


def test_a_snapshot_is_found_by_its_id_in_any_lineage(tmp_path):
    root = str(tmp_path)
    made = [publish(root, folder, name) for folder, name in (("a/1", "x"), ("b/2", "y"), ("b/3", "z"))]
    assert [find(root, name) for name in "xyz"] == made


def test_a_snapshot_whose_manifest_bears_another_name_is_found_too(tmp_path):
    made = publish(str(tmp_path), "a/1", "x")
    os.remove(tmp_path / "snapshots/a/1/manifest-x.parquet")
    assert find(str(tmp_path), "x") == made


def test_an_erased_snapshot_is_not_found(tmp_path):
    publish(str(tmp_path), "a/1", "x")
    assert find(str(tmp_path), "y") is None
    assert find(str(tmp_path / "nothing"), "x") is None
