from dataclasses import replace

import pytest

from components import snapshot, storage
from components.artifacts import Snapshot
from components.config import DataConfig
from components.errors import PointerMovedError
from components.manifest import Row

ROW = Row("a/1", "/raw/a/1", "a", "s", "g", 1, "1", id="i", split="test", status="admitted", increment="n")


def make(uri, **others):
    fields = {
        "snapshot_id": "s", "uri": str(uri), "manifest_uri": "m", "labels": ("a", "b"), "increments": (),
        "stored_side_px": 32, "counts": {}, "quarantined": {}, "duplicates": 0, "new_images": 0, "seconds": 0.0,
    }  # fmt: skip
    return Snapshot(**{**fields, **others})


def test_the_lineage_ignores_when_to_start_and_nothing_else():
    base = snapshot.lineage("/raw", DataConfig())
    assert snapshot.lineage("/raw/", DataConfig(min_new_images=5)) == base
    assert snapshot.lineage("/other", DataConfig()) != base
    assert snapshot.lineage("/raw", DataConfig(split_salt="x")) != base


@pytest.mark.parametrize("column", ["path", "id", "label", "source", "group", "split", "status", "reason", "increment"])
def test_the_name_changes_with_what_is_learned(column):
    base = snapshot.content_id([ROW], ["a"], ["n"])
    assert snapshot.content_id([replace(ROW, **{column: "other"})], ["a"], ["n"]) != base


@pytest.mark.parametrize("column", ["uri", "version", "detail"])
def test_the_name_depends_on_neither_place_nor_time(column):
    base = snapshot.content_id([ROW], ["a"], ["n"])
    assert snapshot.content_id([replace(ROW, **{column: "other"})], ["a"], ["n"]) == base


def test_the_order_of_labels_is_part_of_the_name():
    assert snapshot.content_id([], ["a", "b"], []) != snapshot.content_id([], ["b", "a"], [])


def test_only_admitted_rows_are_counted_and_every_label_is_named():
    rows = [ROW, replace(ROW, status="duplicate"), replace(ROW, split="train", label="b", status="quarantined")]
    none = {"a": 0, "b": 0}
    assert snapshot.counts(rows, ["a", "b"]) == {"train": none, "validation": none, "test": {"a": 1, "b": 0}}


def test_the_snapshot_that_was_published_first_stays(tmp_path):
    first = snapshot.publish(make(tmp_path / "s.json", seconds=1.0))
    assert snapshot.publish(make(tmp_path / "s.json", seconds=2.0)) == first


def test_the_latest_is_the_one_set_last(tmp_path):
    assert snapshot.latest(str(tmp_path), "l") is None
    made = [snapshot.publish(make(tmp_path / f"{name}.json", snapshot_id=name)) for name in "ab"]
    for item in made:
        snapshot.set_latest(str(tmp_path), "l", item)
        assert snapshot.latest(str(tmp_path), "l") == item


def test_moving_the_latest_survives_a_lost_race(tmp_path, monkeypatch):
    made = snapshot.publish(make(tmp_path / "a.json"))
    real, lost = storage.swap, []

    def swap(uri, data, version):
        if not lost:
            lost.append(storage.write_text(uri, '{"snapshot_uri": "faster"}'))
        real(uri, data, version)

    monkeypatch.setattr(storage, "swap", swap)
    snapshot.set_latest(str(tmp_path), "l", made)
    assert snapshot.latest(str(tmp_path), "l") == made


def test_a_race_that_is_lost_every_time_ends_with_an_error(tmp_path, monkeypatch):
    def swap(uri, data, version):
        raise PointerMovedError("moved")

    monkeypatch.setattr(storage, "swap", swap)
    with pytest.raises(PointerMovedError):
        snapshot.set_latest(str(tmp_path), "l", make(tmp_path / "a.json"))
