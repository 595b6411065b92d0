import os

import pytest

from components import manifest, registry, runs, snapshot, storage
from components.artifacts import Findings, Snapshot
from components.check.step import run
from components.errors import InputError
from components.manifest import Row

LOW = {"min_images_per_class": 3, "min_test_images_per_class": 1, "min_validation_images_per_class": 1}


@pytest.fixture
def publish(tmp_path):
    """(name, training images of each brand) -> the pointer file of a published snapshot of that name."""

    def make(name, **train):
        rows = [
            Row(f"{label}/{n}", "u", label, "", f"{label}{n}", 1, "1", id=f"{label}{n}", split=split, status="admitted",
                stored=f"{label}{n}", width=100, height=50)
            for label, images in train.items()
            for n, split in enumerate(["validation", "test"] + ["train"] * images)
        ]  # fmt: skip
        folder = f"{tmp_path}/snapshots/lineage/{name}"
        made = Snapshot(
            snapshot_id=name, uri=f"{folder}/snapshot.json", manifest_uri=f"{folder}/manifest-{name}.parquet",
            labels=tuple(train), increments=(), stored_side_px=32, counts=snapshot.counts(rows, tuple(train)),
            quarantined={}, duplicates=0, new_images=len(rows), seconds=0.0,
        )  # fmt: skip
        manifest.write_rows(made.manifest_uri, rows)
        made.write(made.uri)
        return made.uri

    return make


@pytest.fixture
def check(tmp_path):
    """(pointer file, policy) -> what check found; its files lie in tmp_path."""

    def call(pointer, **policy):
        run(pointer, str(tmp_path), {**LOW, **policy}, {}, f"{tmp_path}/f.json", f"{tmp_path}/p.html")
        return Findings.read(f"{tmp_path}/f.json")

    return call


@pytest.fixture
def serve(tmp_path, exported):
    """(model, snapshot) -> that model, trained from that snapshot, is the champion."""

    def make(model_id, snapshot_id):
        model = exported(model_id).model_copy(update={"snapshot_id": snapshot_id})
        now = registry.champion(str(tmp_path))
        registry.crown(str(tmp_path), registry.register(str(tmp_path), model), now.model_id if now else None)

    return make


def codes(findings):
    return [item.code for item in findings]


def test_errors_stop_the_run_with_all_their_remedies_and_the_place_of_the_page(publish, tmp_path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    pointer = publish("s", acme=5, zeta=1)
    with pytest.raises(InputError) as error:
        run(pointer, str(tmp_path), {}, {}, f"{tmp_path}/f.json", f"{tmp_path}/p.html")
    text = str(error.value)
    assert text.startswith("3 problems in the images (snapshot s):\n  - 2 of 2 brands have under 20 images in all:")
    assert text.count("check.min_") == 3
    assert text.endswith(f"The data report shows the images: {tmp_path}/runs/r1/data-report.html")
    assert "3 problems must be solved first" in storage.read_text(f"{tmp_path}/runs/r1/data-report.html")
    assert not os.path.exists(f"{tmp_path}/f.json")
    (record,) = runs.read_records(str(tmp_path), "r1")
    assert record.facts["data_report_uri"] == f"{tmp_path}/runs/r1/data-report.html"


def test_a_second_check_stops_for_the_same_reasons_without_reading_a_row(publish, check):
    pointer = publish("s", acme=5, zeta=1)
    with pytest.raises(InputError) as first:
        check(pointer, min_images_per_class=20)
    os.remove(Snapshot.read(pointer).manifest_uri)
    with pytest.raises(InputError) as again:
        check(pointer, min_images_per_class=20)
    assert str(again.value) == str(first.value)


def test_warnings_are_written_and_do_not_stop_the_run(publish, check):
    found = check(publish("s", acme=5, zeta=1), max_imbalance=2)
    assert codes(found.warnings) == ["imbalance"]
    assert found.warnings[0].message == "acme has 7 images, zeta has 3: 2.3 times as many."


def test_the_page_is_written_where_the_graph_and_a_person_look(publish, check, tmp_path):
    check(publish("s", acme=5, zeta=4))
    (published,) = (info.uri for info in storage.list_files(f"{tmp_path}/check") if info.uri.endswith(".html"))
    assert storage.read_text(f"{tmp_path}/p.html") == storage.read_text(published)


def test_without_a_champion_drift_is_said_not_to_be_measured(publish, check):
    found = check(publish("s", acme=5, zeta=4))
    assert found.drift is None
    assert "no_champion" in codes(found.remarks)


def test_a_champion_of_the_same_snapshot_has_seen_no_drift(publish, check, serve):
    serve("m", "s")
    assert "same_snapshot" in codes(check(publish("s", acme=5, zeta=4)).remarks)


def test_drift_is_measured_against_the_snapshot_that_the_champion_learned_from(publish, check, serve):
    publish("old", acme=2, zeta=2)
    serve("m", "old")
    found = check(publish("new", acme=6, zeta=2), max_share_drift=0.1)
    assert (found.drift.snapshot_id, found.drift.champion_version, found.drift.images) == ("old", 1, 8)
    assert found.drift.shares[0].distance == pytest.approx(8 / 12 - 4 / 8)


def test_a_new_champion_makes_the_check_anew(publish, check, serve):
    publish("old", acme=2, zeta=2)
    publish("older", acme=2, zeta=4)
    pointer = publish("new", acme=6, zeta=2)
    serve("m", "old")
    assert check(pointer).drift.snapshot_id == "old"
    serve("n", "older")
    assert check(pointer).drift.snapshot_id == "older"


def test_a_champion_whose_snapshot_was_erased_is_a_remark(publish, check, serve, tmp_path):
    serve("m", "gone")
    found = check(publish("new", acme=6, zeta=2))
    assert found.drift is None
    assert "champion_snapshot_gone" in codes(found.remarks)


def test_a_champion_whose_rows_were_erased_is_a_remark(publish, check, serve, tmp_path):
    os.remove(Snapshot.read(publish("old", acme=2, zeta=2)).manifest_uri)
    serve("m", "old")
    assert "champion_snapshot_gone" in codes(check(publish("new", acme=6, zeta=2)).remarks)
