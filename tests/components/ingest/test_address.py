import os

import pytest

from components.errors import ConfigError, InputError, StorageError
from components.ingest.step import run


def test_a_raw_folder_that_does_not_exist_is_refused(refused, tmp_path):
    assert "does not exist" in refused(tmp_path / "none", tmp_path / "root")


def test_a_file_is_refused(refused, tmp_path):
    (tmp_path / "raw").write_text("x")
    assert "is a file" in refused(tmp_path / "raw", tmp_path / "root")


def test_an_empty_folder_is_refused(refused, tmp_path):
    (tmp_path / "raw/acme").mkdir(parents=True)
    assert "no images" in refused(tmp_path / "raw", tmp_path / "root")


def test_a_single_brand_is_refused_by_name(refused, tmp_path, save_crop):
    save_crop(str(tmp_path / "raw/acme/1.jpg"), 0, 0)
    assert "one brand only: acme" in refused(tmp_path / "raw", tmp_path / "root")


def test_classes_that_are_not_there_are_all_named(refused, raw_folder, tmp_path):
    text = refused(raw_folder, tmp_path / "root", classes=["acme", "omni", "beta"])
    assert "no images of beta, omni" in text
    assert "Brands found: acme, zeta" in text


@pytest.mark.parametrize(("raw", "root"), [("raw", "raw/out"), ("root/raw", "root"), ("raw", "raw")])
def test_raw_folder_and_data_root_may_not_lie_inside_one_another(tmp_path, raw, root):
    (tmp_path / raw / "acme").mkdir(parents=True)
    with pytest.raises(InputError, match="inside one another"):
        run(str(tmp_path / raw), str(tmp_path / root), {})


def test_a_data_root_that_cannot_be_written_is_refused(raw_folder, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        run(str(raw_folder), str(tmp_path / "file/root"), {})


def test_wrong_settings_are_refused(refused, raw_folder, tmp_path):
    assert "stored_side" in refused(raw_folder, tmp_path / "root", ConfigError, stored_side=3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_refused(refused, raw_folder, tmp_path):
    (raw_folder / "acme/official").chmod(0)
    try:
        assert "No permission" in refused(raw_folder, tmp_path / "root", StorageError)
    finally:
        (raw_folder / "acme/official").chmod(0o755)


def test_a_takedown_file_that_is_not_there_stops_the_run(refused, raw_folder, tmp_path):
    assert "takedown.txt does not exist" in refused(
        raw_folder, tmp_path / "root", StorageError, takedown=str(tmp_path / "takedown.txt")
    )


def test_a_manifest_that_does_not_exist_is_refused(refused, tmp_path):
    assert "manifest" in refused(tmp_path / "none.csv", tmp_path / "root")
