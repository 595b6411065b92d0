"""Samples of few subjects, made of the real packages."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.errors import InputError
from components.sample_data import subjects
from components.sample_data.drawing import background
from components.sample_data.sample import make

pytestmark = pytest.mark.usefixtures("codes")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def pixels(path):
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())), dtype=int)


def rows_of(folder):
    return list(csv.DictReader(io.StringIO((folder / "manifest.csv").read_text())))


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    """A sample of 8 subjects at 48 pixels; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("eight") / "raw"
    assert make(str(folder), subjects=8, side_px=48).made == 16
    return folder


def test_the_manifest_names_every_image_with_its_brand_and_source(eight):
    images = {name for name in contents(eight) if name.endswith(".jpg")}
    assert {row["uri"] for row in rows_of(eight)} == images
    assert all(row["uri"].startswith(f"{row['label']}/{row['source']}/") for row in rows_of(eight))
    assert len(images) == 16


def test_both_drawings_of_a_subject_are_of_one_group(eight):
    groups = {}
    for row in rows_of(eight):
        groups.setdefault(Path(row["uri"]).stem, []).append((row["label"], row["group"]))
    assert all(
        {label for label, _ in pair} == {"twemoji", "openmoji"} and pair[0][1] == pair[1][1] for pair in groups.values()
    )


def test_images_are_of_the_side_that_was_asked_for(eight):
    assert {pixels(path).shape for path in eight.rglob("*.jpg")} == {(48, 48, 3)}


def test_the_painted_box_does_not_tell_the_brand(tmp_path):
    """Longer side of what differs from the background: equal for both brands to within two pixels, on average."""
    make(str(tmp_path / "raw"), subjects=40, side_px=64)
    sides = {"twemoji": [], "openmoji": []}
    for row in rows_of(tmp_path / "raw"):
        behind = np.asarray(background(Path(row["uri"]).stem, 64), dtype=int)
        image = pixels(tmp_path / "raw" / row["uri"])
        y, x = np.nonzero(np.abs(image - behind).max(axis=2) > 40)
        sides[row["label"]].append(max(np.ptp(y), np.ptp(x)) + 1)
    assert abs(np.mean(sides["twemoji"]) - np.mean(sides["openmoji"])) < 2
    assert 0.7 * 64 - 3 < np.mean(sides["twemoji"]) < 0.9 * 64


def test_two_samples_of_equal_arguments_have_equal_bytes(eight, tmp_path):
    make(str(tmp_path / "again"), subjects=8, side_px=48)
    assert contents(tmp_path / "again") == contents(eight)


def test_the_licences_of_both_brands_lie_beside_the_images(eight):
    text = (eight / "ATTRIBUTION.md").read_text()
    assert "CC BY 4.0" in text
    assert "CC BY-SA 4.0" in text


def test_a_second_run_does_nothing(eight, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in eight.rglob("*")}
    sample = make(str(eight), subjects=8, side_px=48, downloads=str(tmp_path / "empty"))
    assert (sample.images, sample.made) == (16, 0)
    assert {path: path.stat().st_mtime_ns for path in eight.rglob("*")} == before
    assert not (tmp_path / "empty").exists()


def test_a_larger_sample_keeps_the_files_of_the_smaller_one(tmp_path):
    folder = tmp_path / "raw"
    make(str(folder), subjects=2, side_px=48)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.jpg")}
    assert make(str(folder), subjects=5, side_px=48).made == 6
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(rows_of(folder)) == 10


def test_another_side_draws_every_image_again(tmp_path):
    make(str(tmp_path / "raw"), subjects=2, side_px=48)
    assert make(str(tmp_path / "raw"), subjects=2, side_px=56).made == 4


def test_a_lost_image_is_drawn_again(tmp_path):
    make(str(tmp_path / "raw"), subjects=3, side_px=48)
    whole = contents(tmp_path / "raw")
    next((tmp_path / "raw").rglob("*.jpg")).unlink()
    assert make(str(tmp_path / "raw"), subjects=3, side_px=48).made == 1
    assert contents(tmp_path / "raw") == whole


@pytest.mark.parametrize("before", [None, 2])
def test_an_interrupted_run_changes_nothing_and_leaves_nothing(tmp_path, before):
    folder = tmp_path / "raw"
    if before:
        make(str(folder), subjects=before, side_px=48)
    kept = contents(tmp_path)

    def interrupt(done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(str(folder), subjects=6, side_px=48, progress=interrupt)
    assert contents(tmp_path) == kept
    assert len(list(tmp_path.iterdir())) == (1 if before else 0)


def test_a_folder_with_files_of_someone_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"holds 1 file\(s\) that are not part of a sample \(such as holiday\.jpg\)"):
        make(str(tmp_path), subjects=2)
    assert contents(tmp_path) == {"holiday.jpg": b"mine"}


def test_a_file_that_was_added_to_a_sample_is_not_lost(tmp_path):
    make(str(tmp_path / "raw"), subjects=2, side_px=48)
    (tmp_path / "raw" / "twemoji" / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"twemoji/mine\.jpg"):
        make(str(tmp_path / "raw"), subjects=4, side_px=48)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "raw").write_text("")
    with pytest.raises(InputError, match="is a file"):
        make(str(tmp_path / "raw"))


@pytest.mark.parametrize("count", [0, 3965])
def test_more_subjects_than_there_are_or_none_is_an_error_that_names_the_range(tmp_path, count):
    with pytest.raises(InputError, match=f"1 to 3,964 subjects, not {count:,}"):
        make(str(tmp_path / "raw"), subjects=count)


def test_progress_counts_to_the_number_of_images(tmp_path):
    seen = []
    make(str(tmp_path / "raw"), subjects=2, side_px=48, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_first_400_subjects_are_as_many_different_drawings(codes):
    chosen = subjects.choose(codes, 400)
    assert len({subject.group for subject in chosen}) == 400
