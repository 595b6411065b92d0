import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from components import manifest, snapshot, storage
from components.artifacts import Snapshot
from components.errors import InputError
from components.ingest.step import run as ingest
from components.preprocess import flow
from components.preprocess.step import run

DATA = {"stored_side_px": 32, "stored_format": "png", "min_side_px": 8}


@pytest.fixture
def preprocess(raw_folder, tmp_path, beam_options):
    """Runs ingest and preprocess on the raw folder; the snapshot and its rows by path."""

    def call(root="root", options=beam_options, **data):
        data_root, settings = str(tmp_path / root), {**DATA, **data}
        pointer = tmp_path / "snapshot.json"
        run(ingest(str(raw_folder), data_root, settings), data_root, settings, options, str(pointer))
        made = Snapshot.read(str(pointer))
        return made, {row.path: row for row in manifest.read_rows(made.manifest_uri)}

    return call


def shards(made):
    """Name of each shard of each increment -> its bytes."""
    return {
        (increment.increment_id, name): storage.read_bytes(os.path.join(increment.uri, name))
        for increment in made.increments
        for name in sorted(os.listdir(increment.uri))
        if ".tfrecord-" in name
    }


def test_every_image_is_accounted_for(preprocess, raw_folder):
    shutil.copy(raw_folder / "acme/official/0.jpg", raw_folder / "acme/official/copy.jpg")
    (raw_folder / "acme/x.jpg").write_bytes(b"")
    (raw_folder / "zeta/x.txt").write_text("notes")
    (raw_folder / "zeta/big.jpg").write_bytes(b"x" * 100_001)
    made, rows = preprocess(max_bytes=100_000)
    assert len(rows) == 20
    assert sum(sum(split.values()) for split in made.counts.values()) == made.new_images == 16
    assert made.quarantined == {"empty": 1, "not_an_image": 1, "too_many_bytes": 1}
    assert made.duplicates == 1
    assert rows["acme/official/copy.jpg"].detail == "equals acme/official/0.jpg"
    assert (rows["zeta/official/0.jpg"].width, rows["zeta/official/0.jpg"].height) == (96, 96)


def test_names_that_look_like_patterns_or_are_korean_are_read(preprocess, raw_folder, save_crop):
    for number, path in enumerate(("acme/a*b?[c]/x y.jpg", "삼성/공식/사진.jpg")):
        save_crop(str(raw_folder / path), 0, 20 + number)
    made, rows = preprocess()
    assert made.labels == ("acme", "zeta", "삼성")
    assert rows["acme/a*b?[c]/x y.jpg"].status == rows["삼성/공식/사진.jpg"].status == "admitted"


def test_a_file_that_vanishes_after_the_listing_is_quarantined(raw_folder, tmp_path, beam_options):
    root, pointer = str(tmp_path / "root"), tmp_path / "snapshot.json"
    listing = ingest(str(raw_folder), root, DATA)
    os.remove(raw_folder / "acme/official/0.jpg")
    run(listing, root, DATA, beam_options, str(pointer))
    assert Snapshot.read(str(pointer)).quarantined == {"unreadable": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_quarantined(preprocess, raw_folder):
    (raw_folder / "acme/official/0.jpg").chmod(0)
    assert preprocess()[0].quarantined == {"unreadable": 1}


def test_one_picture_under_two_brands_is_used_for_neither(preprocess, raw_folder):
    shutil.copy(raw_folder / "acme/official/0.jpg", raw_folder / "zeta/official/copy.jpg")
    made, rows = preprocess()
    assert made.quarantined == {"label_conflict": 2}
    assert rows["acme/official/0.jpg"].status == rows["zeta/official/copy.jpg"].status == "quarantined"


def test_a_group_lies_on_one_side_only(preprocess, raw_folder):
    lines = [f"{brand}/official/{number}.jpg,shoot" for brand in ("acme", "zeta") for number in (0, 2, 4, 6)]
    (raw_folder / "manifest.csv").write_text("uri,group\n" + "\n".join(lines))
    _, rows = preprocess()
    assert len({row.split for row in rows.values() if row.group == "shoot"}) == 1


def test_equal_images_give_an_equal_snapshot_and_equal_bytes_on_any_number_of_workers(preprocess):
    first, _ = preprocess("one")
    parallel = ["--runner=FnApiRunner", "--direct_running_mode=multi_threading", "--direct_num_workers=3"]
    second, _ = preprocess("two", options=parallel)
    assert first.snapshot_id == second.snapshot_id
    assert first.increments[0].uri != second.increments[0].uri
    assert shards(first) == shards(second)


def test_a_snapshot_that_was_made_before_costs_a_look_up(preprocess):
    first, _ = preprocess()
    modified = os.stat(first.uri).st_mtime_ns
    again, _ = preprocess(options=["--runner=NoSuchRunner"])
    assert again == first
    assert os.stat(first.uri).st_mtime_ns == modified


def test_what_killed_runs_left_is_removed_even_by_a_run_that_has_nothing_to_do(preprocess):
    made, _ = preprocess()
    place, increments = os.path.split(made.uri)[0], os.path.split(made.increments[0].uri)[0]
    key = os.path.basename(place)
    for folder in (f"{place}/manifest-dead", f"{increments}/{key}-dead/staging", f"{increments}/other-dead"):
        os.makedirs(folder)
        storage.write_text(f"{folder}/file", "")
    preprocess()
    assert sorted(os.listdir(increments)) == sorted([os.path.basename(made.increments[0].uri), "other-dead"])
    assert sorted(os.listdir(place)) == sorted([os.path.basename(made.manifest_uri), "snapshot.json"])


def test_new_images_make_one_new_increment_and_old_ones_are_not_read(preprocess, raw_folder, save_crop):
    first, before = preprocess()
    stat = os.stat(raw_folder / "acme/official/0.jpg")
    (raw_folder / "acme/official/0.jpg").write_bytes(b"?" * stat.st_size)  # would be quarantined if it were read
    os.utime(raw_folder / "acme/official/0.jpg", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for number in range(3):
        save_crop(str(raw_folder / f"beta/{number}.jpg"), 0, 30 + number)
    second, after = preprocess()
    assert (second.new_images, second.quarantined) == (3, {})
    assert second.labels == ("acme", "zeta", "beta")
    assert second.increments[0] == first.increments[0]
    assert len(second.increments) == 2
    assert {path: after[path] for path in before} == before


def test_a_removed_image_leaves_the_manifest_and_comes_back_to_the_same_side(preprocess, raw_folder, tmp_path):
    _, before = preprocess()
    shutil.move(raw_folder / "acme/official/0.jpg", tmp_path / "kept.jpg")
    removed, rows = preprocess()
    assert "acme/official/0.jpg" not in rows
    assert removed.new_images == 0
    shutil.copy(tmp_path / "kept.jpg", raw_folder / "acme/official/0.jpg")
    back, rows = preprocess()
    assert rows["acme/official/0.jpg"].split == before["acme/official/0.jpg"].split
    assert back.new_images == 1


def test_a_renamed_and_relabelled_image_is_not_stored_again(preprocess, raw_folder):
    first, before = preprocess()
    shutil.move(raw_folder / "acme/official/0.jpg", raw_folder / "zeta/official/was_acme.jpg")
    second, rows = preprocess()
    row = rows["zeta/official/was_acme.jpg"]
    assert (second.new_images, second.increments) == (0, first.increments)
    assert (row.label, row.status, row.split) == ("zeta", "admitted", before["acme/official/0.jpg"].split)


def test_a_conflict_that_a_person_resolves_is_admitted_again(preprocess, raw_folder):
    shutil.copy(raw_folder / "acme/official/0.jpg", raw_folder / "zeta/official/copy.jpg")
    preprocess()
    os.remove(raw_folder / "zeta/official/copy.jpg")
    made, rows = preprocess()
    assert (made.new_images, made.quarantined) == (1, {})
    assert rows["acme/official/0.jpg"].status == "admitted"


def test_when_nothing_can_be_used_there_is_a_snapshot_without_increments(preprocess, raw_folder):
    for path in raw_folder.rglob("*.jpg"):
        path.write_text(f"<html>{path}</html>")
    made, _ = preprocess()
    assert made.increments == ()
    assert made.quarantined == {"not_an_image": 16}


def test_the_snapshot_becomes_the_newest_even_if_that_was_interrupted(preprocess, raw_folder, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "set_latest", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            preprocess()
    made, _ = preprocess()
    lineage = made.uri.split("/")[-3]
    assert snapshot.latest(str(tmp_path / "root"), lineage) == made


KILLED = """
import os, signal, sys
from components import published
from components.preprocess.step import run
published.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
run(sys.argv[1], sys.argv[2], {data!r}, {options!r}, sys.argv[3])
"""


def test_a_run_that_was_killed_gives_the_same_snapshot_when_started_again(
    preprocess, raw_folder, tmp_path, beam_options
):
    undisturbed, _ = preprocess("other")
    root = str(tmp_path / "root")
    listing = ingest(str(raw_folder), root, DATA)
    script = KILLED.format(data=DATA, options=beam_options)
    done = subprocess.run([sys.executable, "-c", script, listing, root, str(tmp_path / "x")], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    folders = os.path.join(root, "increments", undisturbed.uri.split("/")[-3])
    assert len(os.listdir(folders)) == 1
    again, _ = preprocess("root")
    assert again.snapshot_id == undisturbed.snapshot_id
    assert [os.path.join(folders, name) for name in os.listdir(folders)] == [again.increments[0].uri]


def test_a_run_whose_folders_a_faster_one_removed_takes_its_snapshot(preprocess, monkeypatch):
    execute, faster = flow.execute, []

    def slower(job, options):
        execute(job, options)
        monkeypatch.setattr(flow, "execute", execute)
        faster.append(preprocess()[0])  # it ends, and removes what no snapshot names

    monkeypatch.setattr(flow, "execute", slower)
    made, _ = preprocess()
    assert faster == [made]


def test_progress_is_said_from_the_first_to_the_last_image(preprocess, tmp_path, monkeypatch):
    monkeypatch.setenv("BRANDLENS_RUN_FOLDER", str(tmp_path))
    preprocess()
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    progress = [event for event in events if event["event"] == "progress" and event["step"] == "preprocess"]
    assert [(item["done"], item["total"], item["unit"]) for item in (progress[0], progress[-1])] == [
        (0, 16, "images"),
        (16, 16, "images"),
    ]


def test_other_settings_than_those_of_the_listing_are_refused(raw_folder, tmp_path, beam_options):
    root = str(tmp_path / "root")
    listing = ingest(str(raw_folder), root, DATA)
    with pytest.raises(InputError, match="other data settings"):
        run(listing, root, {**DATA, "split_salt": "x"}, beam_options, str(tmp_path / "x"))


def test_a_listing_that_is_not_there_is_named(tmp_path, beam_options):
    with pytest.raises(InputError, match=r"no listing at .*gone\.json"):
        run(str(tmp_path / "gone.json"), str(tmp_path), DATA, beam_options, str(tmp_path / "x"))
