"""The whole pipeline on planted copies: what is read, what travels, what is dropped, what is counted."""

import io
import os
import shutil
from collections import Counter

import pytest
from apache_beam.metrics.metric import MetricsFilter
from PIL import Image, ImageEnhance, ImageOps

from components import manifest, parts, snapshot, storage
from components.artifacts import Snapshot
from components.ingest.step import run as ingest
from components.preprocess import flow
from components.preprocess.step import run

DATA = {"stored_side_px": 64, "stored_format": "png", "min_side_px": 8}


@pytest.fixture
def preprocess(raw_folder, tmp_path, beam_options):
    def call(**data):
        data_root, settings = str(tmp_path / "root"), {**DATA, **data}
        pointer = tmp_path / "snapshot.json"
        run(ingest(str(raw_folder), data_root, settings), data_root, settings, beam_options, str(pointer))
        made = Snapshot.read(str(pointer))
        return made, {row.path: row for row in manifest.read_rows(made.manifest_uri)}

    return call


def recompressed(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(io.BytesIO(file.getvalue()))


EDITS = {
    "resized": lambda image: image.resize((192, 192), Image.Resampling.BICUBIC),
    "recompressed": recompressed,
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    "grey": lambda image: image.convert("L"),
    "cropped": lambda image: image.crop((1, 1, 95, 95)),
}


def plant(raw_folder, edits, of="acme/official/6.jpg", brand="acme"):
    with Image.open(raw_folder / of) as image:
        for name in edits:
            path = raw_folder / brand / "planted" / f"{name}.jpg"
            os.makedirs(path.parent, exist_ok=True)
            EDITS[name](image).save(path, quality=95)


def test_every_planted_copy_of_a_published_picture_is_dropped_and_names_it(preprocess, raw_folder):
    first, _ = preprocess()
    plant(raw_folder, EDITS)
    made, rows = preprocess()
    planted = {path: row for path, row in rows.items() if "planted" in path}
    assert {row.status for row in planted.values()} == {"near_duplicate"}
    assert {row.duplicate_of for row in planted.values()} == {"acme/official/6.jpg"}
    assert (made.near_duplicates, made.new_images, made.counts) == (5, 0, first.counts)


def test_of_copies_that_come_together_one_is_kept(preprocess, raw_folder):
    plant(raw_folder, ["resized", "recompressed", "darker"])
    _, rows = preprocess()
    family = [row for path, row in rows.items() if "planted" in path or path == "acme/official/6.jpg"]
    assert Counter(row.status for row in family) == {"admitted": 1, "near_duplicate": 3}


def test_a_mirrored_picture_is_another_one(preprocess, raw_folder):
    with Image.open(raw_folder / "acme/official/6.jpg") as image:
        ImageOps.mirror(image).save(raw_folder / "acme/official/mirror.jpg", quality=95)
    assert preprocess()[1]["acme/official/mirror.jpg"].status == "admitted"


def test_an_edited_copy_under_another_brand_withdraws_both_though_one_is_published(preprocess, raw_folder):
    first, before = preprocess()
    plant(raw_folder, ["resized"], brand="zeta")
    made, rows = preprocess()
    assert made.quarantined == {"picture_conflict": 2}
    old, new = rows["acme/official/6.jpg"], rows["zeta/planted/resized.jpg"]
    assert (old.status, old.increment, old.split) == ("quarantined", *_place(before["acme/official/6.jpg"]))
    assert new.detail.startswith("looks like acme/official/6.jpg under acme: ")
    assert made.increments == first.increments
    os.remove(raw_folder / "zeta/planted/resized.jpg")
    assert preprocess()[1] == before


def _place(row):
    return row.increment, row.split


def test_when_linking_is_switched_off_copies_are_kept(preprocess, raw_folder):
    plant(raw_folder, ["resized"])
    _, rows = preprocess(near_duplicates={"enabled": False})
    assert rows["acme/planted/resized.jpg"].status == "admitted"


def test_flat_pictures_are_not_linked(preprocess, raw_folder):
    for number in range(3):
        Image.new("RGB", (64, 64), (250 - number, 250, 250)).save(raw_folder / f"acme/official/flat{number}.png")
    _, rows = preprocess()
    assert [rows[f"acme/official/flat{number}.png"].status for number in range(3)] == ["admitted"] * 3


def test_a_copy_that_returns_when_its_better_one_is_removed_is_read_again(preprocess, raw_folder):
    preprocess()
    plant(raw_folder, ["resized"])
    preprocess()
    os.remove(raw_folder / "acme/official/6.jpg")
    made, rows = preprocess()
    assert (rows["acme/planted/resized.jpg"].status, made.new_images) == ("admitted", 1)


def test_each_image_is_read_once_and_nothing_is_left_of_staging(preprocess, raw_folder, monkeypatch):
    plant(raw_folder, ["resized"])
    shutil.copy(raw_folder / "acme/official/6.jpg", raw_folder / "acme/official/copy.jpg")
    reads, read = Counter(), storage.read_bytes
    monkeypatch.setattr(storage, "read_bytes", lambda uri: reads.update([uri]) or read(uri))
    made, rows = preprocess()
    raw = {uri: count for uri, count in reads.items() if str(raw_folder) in uri}
    assert len(raw) == len(rows) == 18
    assert set(raw.values()) == {1}
    names = os.listdir(made.increments[0].uri)
    assert not [name for name in names if not name.endswith((".json", ".txt")) and ".tfrecord-" not in name]


def test_what_a_snapshot_says_of_itself_is_what_its_rows_add_up_to(preprocess, raw_folder, monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 5)
    plant(raw_folder, ["resized"], of="zeta/official/6.jpg")
    made, by_path = preprocess()
    rows = list(by_path.values())
    assert sorted(os.listdir(made.manifest_uri)) == [f"part-00000{number}.parquet" for number in range(4)]
    assert [row.path for row in rows] == sorted(by_path)
    assert made.counts == snapshot.counts(rows, made.labels)
    names = [increment.increment_id for increment in made.increments]
    assert made.snapshot_id == snapshot.content_id(rows, made.labels, names)
    assert {row.increment for row in rows if row.status == "admitted"} == set(names)
    assert made.increments[0].counts == made.counts


def test_whatever_is_refused_is_counted_by_its_reason(preprocess, raw_folder, monkeypatch):
    (raw_folder / "acme/empty.jpg").write_bytes(b"")
    (raw_folder / "acme/note.jpg").write_text("not a picture")
    shutil.copy(raw_folder / "acme/official/4.jpg", raw_folder / "acme/official/copy.jpg")
    plant(raw_folder, ["resized", "darker"])
    results, execute = [], flow.execute
    monkeypatch.setattr(flow, "execute", lambda *given: results.append(execute(*given)))
    made, _ = preprocess()
    counters = results[0].metrics().query(MetricsFilter().with_namespace("preprocess"))["counters"]
    counted = {counter.key.metric.name: counter.committed for counter in counters}
    assert counted == {**made.quarantined, "duplicate": 1, "near_duplicate": 2}
    assert made.quarantined == {"empty": 1, "not_an_image": 1}


def test_what_the_takedown_file_names_is_refused_whether_it_is_known_or_new(preprocess, raw_folder, tmp_path):
    _, before = preprocess()
    known = before["acme/official/6.jpg"].id
    (raw_folder / "acme/official/6.jpg").rename(raw_folder / "acme/official/renamed.jpg")
    (tmp_path / "takedown.txt").write_text(known + "\n")
    made, rows = preprocess(takedown=str(tmp_path / "takedown.txt"))
    assert made.quarantined == {"taken_down": 1}
    assert rows["acme/official/renamed.jpg"].increment == ""
