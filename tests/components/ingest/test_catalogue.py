import io
import subprocess
import sys

import pytest
from PIL import Image

from components.errors import InputError, UnavailableError
from components.ingest import catalogue
from components.ingest.catalogue import Address


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("tfds:tf_flowers", Address("tf_flowers")),
        ("tfds:cifar10_corrupted/blur_1:1.0.0", Address("cifar10_corrupted/blur_1", "1.0.0")),
        ("tfds:mnist:train[:10%]+test", Address("mnist", "", "train[:10%]+test")),
        ("tfds:mnist:3.*.*:test", Address("mnist", "", "3.*.*:test")),
        ("tfds:mnist:3.0.*:test", Address("mnist", "3.0.*", "test")),
        ("tfds:x:train?image=a/b&label=c", Address("x", "", "train", "a/b", "c")),
    ],
)
def test_an_address_names_dataset_version_split_and_features(raw, address):
    assert Address.parse(raw) == address


@pytest.mark.parametrize("raw", ["tfds:", "tfds::train", "tfds:x?pixels=a", "tfds:x?image"])
def test_an_address_that_cannot_be_read_is_refused_with_the_form(raw):
    if raw == "tfds:x?image":
        assert Address.parse(raw) == Address("x")  # an empty name is none
        return
    with pytest.raises(InputError, match="Write tfds:<name>"):
        Address.parse(raw)


def open_source(address):
    return catalogue.open_source(catalogue.find_builder(address), address)


def found(raw):
    return list(open_source(Address.parse(raw)).examples())


def greys(examples):
    return sorted(Image.open(io.BytesIO(data)).getpixel((0, 0))[0] for _, data in examples)


def test_images_come_encoded_with_the_names_of_their_classes(tfds_folder):
    examples = found("tfds:brand_marks:train")
    assert sorted(label for label, _ in examples) == ["../zeta/x"] * 3 + ["acme"] * 3
    assert greys(examples) == [0, 10, 20, 30, 40, 50]
    assert {Image.open(io.BytesIO(data)).format for _, data in examples} == {"PNG"}


def test_all_splits_are_taken_if_none_is_named_and_images_without_a_label_are_not(tfds_folder):
    source = open_source(Address.parse("tfds:brand_marks"))
    assert (source.full_name, source.split, source.images) == ("brand_marks/1.2.0", "train+test", 9)
    assert greys(source.examples()) == [0, 10, 20, 30, 40, 50, 60, 70]


def test_a_part_of_a_split_is_taken_as_tfds_counts(tfds_folder):
    whole = found("tfds:brand_marks:train")
    assert found("tfds:brand_marks:1.2.0:train[50%:]") == whole[3:]
    assert found("tfds:brand_marks:train[1:3]") == whole[1:3]


def test_other_features_are_taken_by_name(tfds_folder):
    examples = found("tfds:brand_marks:train?image=seen/thumbnail&label=seen/where")
    assert sorted(label for label, _ in examples) == ["street 0"] * 3 + ["street 1"] * 3
    assert {Image.open(io.BytesIO(data)).size for _, data in examples} == {(10, 10)}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("tfds:no_such_dataset", "TFDS has no dataset no_such_dataset"),
        ("tfds:brand_marks:validation", "no split validation; it has train, test"),
        ("tfds:brand_marks?image=photo", r"no image feature photo\. Name one: .*, of image, seen/thumbnail\."),
        ("tfds:brand_marks?label=image", r"no label feature image\. Name one: .*, of label, seen/where\."),
    ],
)
def test_what_is_not_there_is_told_with_what_is(tfds_folder, raw, said):
    with pytest.raises(InputError, match=said):
        open_source(Address.parse(raw))


def test_a_dataset_that_cannot_be_prepared_says_what_to_do(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds
    from etils import epath

    class OfflineMarks(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")
        pkg_dir_path = epath.Path(tmp_path)

        def _info(self):
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"image": tfds.features.Image()}))

        def _split_generators(self, dl_manager):
            raise ConnectionError("no route to host")

        def _generate_examples(self):
            yield from ()

    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"ConnectionError: no route to host .*`tfds build offline_marks`"):
        open_source(Address.parse("tfds:offline_marks"))


WITHOUT_TENSORFLOW = """
import importlib.machinery as machinery, sys
find = machinery.PathFinder.find_spec
hidden = lambda name, *more: None if name.split(".")[0] in ("tensorflow", "keras") else find(name, *more)
machinery.PathFinder.find_spec = staticmethod(hidden)
from components.ingest.catalogue import Address, find_builder, open_source
address = Address.parse("tfds:brand_marks:train")
print(len(list(open_source(find_builder(address), address).examples())), "tensorflow" in sys.modules)
"""


def test_a_prepared_dataset_is_read_without_tensorflow(tfds_folder):
    done = subprocess.run([sys.executable, "-c", WITHOUT_TENSORFLOW], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["6", "False"]
