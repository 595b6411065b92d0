import os

import pytest

from components import manifest, snapshot
from components.artifacts import Findings, Snapshot
from components.check.step import run
from components.errors import InputError
from components.manifest import Row

LOW = {"min_images_per_class": 3, "min_test_images_per_class": 1, "min_validation_images_per_class": 1}


@pytest.fixture
def pointer(tmp_path):
    """A snapshot of two brands with 7 and 3 images."""
    rows = [
        Row(f"{label}/{n}", "u", label, "", f"{label}{n}", 1, "1", id=f"{label}{n}", split=split, status="admitted",
            stored=f"{label}{n}")
        for label, train in (("acme", 5), ("zeta", 1))
        for n, split in enumerate(["train"] * train + ["validation", "test"])
    ]  # fmt: skip
    manifest.write_rows(str(tmp_path / "m.parquet"), rows)
    made = Snapshot(
        snapshot_id="s", uri="u", manifest_uri=str(tmp_path / "m.parquet"), labels=("acme", "zeta"), increments=(),
        stored_side_px=32, counts=snapshot.counts(rows, ("acme", "zeta")), quarantined={}, duplicates=0, new_images=10,
        seconds=0.0,
    )  # fmt: skip
    made.write(str(tmp_path / "snapshot.json"))
    return str(tmp_path / "snapshot.json")


def test_errors_stop_the_run_with_all_their_remedies_and_publish_nothing(pointer, tmp_path):
    with pytest.raises(InputError) as error:
        run(pointer, str(tmp_path), {}, str(tmp_path / "f.json"))
    text = str(error.value)
    assert text.startswith("3 problems in the images (snapshot s):\n  - 2 of 2 brands have under 20 images in all:")
    assert text.count("check.min_") == 3
    assert not os.path.exists(tmp_path / "check")
    assert not os.path.exists(tmp_path / "f.json")


def test_warnings_are_written_and_do_not_stop_the_run(pointer, tmp_path):
    run(pointer, str(tmp_path), {**LOW, "max_imbalance": 2}, str(tmp_path / "f.json"))
    found = Findings.read(str(tmp_path / "f.json"))
    assert [item.code for item in found.warnings] == ["imbalance"]
    assert found.warnings[0].message == "acme has 7 images, zeta has 3: 2.3 times as many."


def test_a_second_check_reads_nothing_but_its_first_answer(pointer, tmp_path):
    run(pointer, str(tmp_path), LOW, str(tmp_path / "f.json"))
    os.remove(tmp_path / "m.parquet")
    run(pointer, str(tmp_path), LOW, str(tmp_path / "g.json"))
    assert Findings.read(str(tmp_path / "g.json")) == Findings.read(str(tmp_path / "f.json"))
