import os

import pytest

from components import digest
from components.config import DataConfig
from components.ingest import changes as subject
from components.ingest.changes import Changes, pairs, reason_to_go_on
from components.manifest import Entry, Row


def entry(path, source="", **others):
    fields = {"size": 5, "version": "1", **others}
    return Entry(path, f"/raw/{path}", path.split("/")[0], source, "", **fields)


def compare(entries, before):
    ordered = sorted(before.values(), key=lambda row: row.path)
    return subject.compare(sorted(entries, key=lambda entry: entry.path), lambda: iter(ordered))


def recognise(entries, before):
    ordered = sorted(before.values(), key=lambda row: row.path)
    return list(subject.recognise(sorted(entries, key=lambda entry: entry.path), lambda: iter(ordered)))


def test_a_listing_and_a_manifest_are_walked_side_by_side():
    entries, before = [entry("a/1"), entry("a/3"), entry("b/1")], list(rows("a/2", "a/3", "c/1").values())
    found = [(one and one.path, other and other.path) for one, other in pairs(entries, before)]
    assert found == [("a/1", None), (None, "a/2"), ("a/3", "a/3"), ("b/1", None), (None, "c/1")]
    assert list(pairs([], [])) == []


def rows(*paths, increment="i1", **others):
    fields = {"source": "", "status": "admitted", **others}
    return {
        path: Row(
            path, f"/raw/{path}", path.split("/")[0], group="", size=5, version="1", id=f"id of {path}",
            increment=increment, **fields,
        )
        for path in paths
    }  # fmt: skip


def test_new_changed_and_removed_files_are_counted():
    before = {**rows("a/1", "a/2", "a/3"), **rows("a/4", increment="i2"), **rows("a/5", increment="i2")}
    found = compare([entry("a/1"), entry("a/2", size=6), entry("a/new")], before)
    assert (found.new, found.removed, found.taken_down) == (2, 3, 0)
    assert found.removed_from == {"i1": 2, "i2": 2}  # a/2 has other bytes now


def test_a_record_is_used_while_a_copy_of_its_file_is_there():
    before = rows("a/1")
    before["a/2"] = Row("a/2", "u", "a", "", "", 5, "1", id="id of a/1", status="duplicate")
    assert compare([entry("a/2")], before).removed_from == {}


def test_taken_down_files_are_counted_once():
    before = {**rows("a/1"), **rows("a/2", status="quarantined", reason="taken_down", increment="")}
    found = compare([entry("a/1", problem="taken_down"), entry("a/2", problem="taken_down")], before)
    assert (found.new, found.removed, found.taken_down, found.removed_from) == (0, 0, 1, {"i1": 1})


def test_unusable_files_are_not_new():
    assert compare([entry("a/1", problem="missing"), entry("a/2")], {}).new == 1


def test_an_object_that_was_uploaded_again_is_not_new():
    before = rows("a/1", checksum="md5")
    assert compare([entry("a/1", version="2", checksum="md5")], before).new == 0
    assert compare([entry("a/1", version="2", checksum="other")], before).new == 1


def test_drift_is_the_distance_of_brands_and_sources():
    before = rows("a/1", "a/2", "b/1", "b/2", source="official")
    same = [entry(path, "official") for path in before]
    assert compare(same, before).drift == 0
    # One of five is of a new source: 0.2 of the shares have moved.
    assert compare([*same, entry("b/3", "instagram")], before).drift == pytest.approx(0.2)


def test_only_files_that_were_touched_and_kept_their_size_are_read(tmp_path):
    for name in ("known", "touched", "grown", "new"):
        (tmp_path / name).write_bytes(b"bytes")
    before = {
        name: Row(name, "", "a", "", "", size, "1", id="x")
        for name, size in [("known", 5), ("touched", 5), ("grown", 4)]
    }
    listed = [Entry(name, str(tmp_path / name), "a", "", "", 5, version) for name, version in
              [("known", "1"), ("touched", "2"), ("grown", "2"), ("new", "1")]]  # fmt: skip
    checksums = {item.path: item.checksum for item in recognise(listed, before)}
    assert checksums == {"known": "", "touched": digest.of_bytes(b"bytes"), "grown": "", "new": ""}


def test_a_touched_file_that_is_gone_stays_as_it_was_listed(tmp_path):
    before = {"a": Row("a", "", "a", "", "", 5, "1", id="x")}
    listed = [Entry("a", str(tmp_path / "gone"), "a", "", "", 5, "2")]
    assert recognise(listed, before) == listed


@pytest.mark.parametrize(
    ("changes", "settings", "reason"),
    [
        (Changes(3, 0, 0, {}, 0.0), {"min_new_images": 3}, "new images: 3 (data.min_new_images is 3)"),
        (Changes(2, 0, 0, {}, 0.9), {"min_new_images": 3}, ""),
        (Changes(0, 0, 1, {}, 0.0), {"min_new_images": 3}, "images taken down: 1"),
        (Changes(0, 2, 0, {}, 0.0), {"min_new_images": 3}, "images removed: 2"),
        (Changes(2, 0, 0, {}, 0.1), {"min_new_images": 3, "retrain_on_drift": 0.11}, ""),
        (Changes(2, 0, 0, {}, 0.1), {"min_new_images": 3, "retrain_on_drift": 0.1},
         "brands and sources drifted by 0.100 since the last snapshot, data.retrain_on_drift is 0.1"),
    ],
)  # fmt: skip
def test_a_run_goes_on_for_new_taken_down_or_removed_images_and_for_drift(changes, settings, reason):
    assert reason_to_go_on(changes, DataConfig(**settings)) == reason


def test_a_run_goes_on_from_a_base_that_nobody_has_learned_from():
    why = reason_to_go_on(Changes(0, 0, 0, {}, 0.0), DataConfig(min_new_images=3), is_learned=False)
    assert why == "the last snapshot: no run has learned from it to the end"


@pytest.mark.parametrize(("erased", "reason"), [(0, ""), (1, "images erased: 1")])
def test_a_run_goes_on_for_what_was_erased_from_its_base(erased, reason):
    assert reason_to_go_on(Changes(0, 0, 0, {}, 0.0), DataConfig(min_new_images=3), erased) == reason


def test_the_hash_of_a_large_file_is_that_of_its_bytes(tmp_path):
    content = os.urandom(2**20 + 1)
    (tmp_path / "a").write_bytes(content)
    before = {"a": Row("a", "", "a", "", "", len(content), "1", id="x")}
    (found,) = recognise([Entry("a", str(tmp_path / "a"), "a", "", "", len(content), "2")], before)
    assert found.checksum == digest.of_bytes(content)
