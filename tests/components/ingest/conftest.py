"""Runs of ingest, and a public dataset as TFDS prepares it, on this machine alone."""

import os

import numpy as np
import pytest

from components import manifest
from components.artifacts import Listing
from components.errors import InputError
from components.ingest.step import run


@pytest.fixture
def ingest(raw_folder, tmp_path):
    """Runs ingest on the raw folder; the listing and its entries by path."""

    def call(**data):
        uri = run(str(raw_folder), str(tmp_path / "root"), data)
        listing = Listing.read(uri)
        return listing, {entry.path: entry for entry in manifest.read_entries(listing.entries_uri)}

    return call


@pytest.fixture
def refused():
    """(raw, data root, kind of error, settings) -> what the error says; nothing was written."""

    def call(raw, root, kind=InputError, **data):
        with pytest.raises(kind) as error:
            run(str(raw), str(root), data)
        assert not os.path.exists(root)
        return str(error.value)

    return call


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """File format -> TFDS's data folder with brand_marks 1.2.0: 6 images to train on, 3 to test, by two brands."""
    import tensorflow_datasets as tfds
    from etils import epath

    folder = tmp_path_factory.mktemp("tfds")

    class BrandMarks(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.2.0")
        pkg_dir_path = epath.Path(folder)

        def _info(self):
            features = {
                "image": tfds.features.Image(encoding_format="png"),
                "label": tfds.features.ClassLabel(names=["acme", "../zeta/x"]),
                "seen": {"where": tfds.features.Text(), "thumbnail": tfds.features.Image(encoding_format="jpeg")},
                "boxes": tfds.features.Sequence({"label": tfds.features.ClassLabel(names=["x", "y"])}),
            }
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(features), supervised_keys=("image", "label")
            )

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(0, 6), "test": self._generate_examples(6, 9)}

        def _generate_examples(self, start, stop):
            for number in range(start, stop):
                picture = np.full((20, 30, 3), 10 * number, np.uint8)
                label = -1 if number == 8 else number % 2  # the last one is not labelled
                seen = {"where": f"street {number % 2}", "thumbnail": picture[:10, :10]}
                yield number, {"image": picture, "label": label, "seen": seen, "boxes": {"label": [0, 1]}}

    places = {}

    def prepare(file_format):
        if file_format not in places:
            places[file_format] = str(folder / file_format)
            builder = BrandMarks(data_dir=places[file_format], file_format=file_format)
            builder.download_and_prepare()
        return places[file_format]

    return prepare


@pytest.fixture(params=["tfrecord", "array_record"])
def tfds_folder(prepared, request, monkeypatch):
    """brand_marks is where TFDS looks for its datasets."""
    from tensorflow_datasets.core import constants

    place = prepared(request.param)
    monkeypatch.setenv("TFDS_DATA_DIR", place)
    monkeypatch.setattr(constants, "DATA_DIR", place)  # read from the variable when TFDS is imported
    return place
