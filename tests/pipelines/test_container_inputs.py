"""What steps in containers see, and what is refused because they could not; the runs are tests/containers."""

from pathlib import Path

import pytest

from components.config import DataConfig, SearchConfig, TrainingConfig
from components.errors import InputError
from pipelines.container_inputs import find, rooted


@pytest.fixture
def places(tmp_path: Path):
    """(raw, settings of data) -> the places that are mounted, relative to the test's folder; and the variables."""

    def call(raw: Path | str, search: SearchConfig | None = None, **data):
        config = TrainingConfig(data=DataConfig(**data), search=search or SearchConfig())
        inputs = find(str(raw), str(tmp_path / "root"), config)
        return {place.removeprefix(f"{tmp_path}/") for place in inputs.places}, inputs.variables

    return call


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_raw_folder_is_seen(places, tmp_path):
    put(tmp_path / "raw/acme/1.jpg")
    assert places(tmp_path / "raw") == ({"raw"}, {})


def test_of_a_manifest_its_folder_and_the_allowed_roots_are_seen(places, tmp_path):
    sheet = put(tmp_path / "sheets/brands.csv")
    for disk in ("disk", "other"):
        put(tmp_path / disk / "1.jpg")
    (tmp_path / "mnt").symlink_to(tmp_path / "other")
    roots = [f"{tmp_path}/disk/", f"{tmp_path}/mnt", "gs://bucket/raw"]
    assert places(sheet, allowed_roots=roots)[0] == {"sheets", "disk", "mnt", "other"}


def test_allowed_roots_are_of_no_use_to_a_folder(places, tmp_path):
    put(tmp_path / "raw/acme/1.jpg")
    assert places(tmp_path / "raw", allowed_roots=["/nowhere"])[0] == {"raw"}


def test_a_takedown_file_and_files_of_weights_are_seen(places, tmp_path):
    put(tmp_path / "raw/acme/1.jpg")
    search = SearchConfig(backbones=("xception",), weights=str(put(tmp_path / "weights/x.h5")))
    found, _ = places(tmp_path / "raw", search, takedown=str(put(tmp_path / "asked/takedown.txt")))
    assert found == {"raw", "asked/takedown.txt", "weights/x.h5"}


def test_what_lies_in_another_place_or_in_the_data_root_is_seen_with_it(places, tmp_path):
    put(tmp_path / "raw/acme/1.jpg")
    assert places(tmp_path / "raw", takedown=str(put(tmp_path / "raw/takedown.txt")))[0] == {"raw"}
    assert places(tmp_path / "raw", takedown=str(put(tmp_path / "root/takedown.txt")))[0] == {"raw"}


def test_prepared_datasets_are_seen_where_tfds_looks_for_them(places, tmp_path, monkeypatch):
    put(tmp_path / "tfds/flowers/1")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    assert places("tfds:flowers") == ({"tfds"}, {"TFDS_DATA_DIR": str(tmp_path / "tfds")})
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path / "tensorflow_datasets/flowers/1")
    assert places("tfds:flowers")[0] == {"tensorflow_datasets"}


def test_a_dataset_need_not_be_prepared_once_its_images_are_in_the_data_root(places, tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=rf"no folder {tmp_path}/nowhere"):
        places("tfds:flowers")
    put(tmp_path / "root/raw/flowers-1.0.0/manifest.jsonl")
    assert places("tfds:flowers")[0] == set()


def test_raw_images_in_a_bucket_are_refused(places):
    with pytest.raises(InputError, match="only if they are on this machine, unlike gs://bucket/raw"):
        places("gs://bucket/raw")


def test_all_that_is_not_there_is_told_together(places, tmp_path):
    sheet = put(tmp_path / "sheets/brands.csv")
    with pytest.raises(InputError) as error:
        places(sheet, allowed_roots=["/nowhere"], takedown="/gone.txt")
    assert str(error.value).splitlines() == [
        "Steps in containers cannot see:",
        "  - data.allowed_roots names /nowhere, which is no folder",
        "  - data.takedown names /gone.txt, which is not there",
    ]


@pytest.mark.parametrize("name", ["gone.csv", "photo.jpg"])
def test_a_raw_address_that_is_neither_a_folder_nor_a_manifest_is_refused(places, tmp_path, name):
    put(tmp_path / "photo.jpg")
    with pytest.raises(InputError, match="neither a folder nor a manifest"):
        places(tmp_path / name)


def test_the_whole_disk_is_not_shown(places, tmp_path):
    with pytest.raises(InputError, match="/ as a whole"):
        places(put(tmp_path / "sheets/brands.csv"), allowed_roots=["/"])


def test_a_takedown_file_is_named_independently_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = TrainingConfig(data=DataConfig(takedown="asked.txt"))
    assert rooted(asked).data.takedown == str(tmp_path / "asked.txt")
    assert rooted(TrainingConfig()) == TrainingConfig()
    remote = TrainingConfig(data=DataConfig(takedown="gs://bucket/asked.txt"))
    assert rooted(remote) == remote
