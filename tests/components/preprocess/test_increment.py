import json

from components import records
from components.config import DataConfig
from components.manifest import Row
from components.preprocess import increment


def test_a_shard_holds_about_64_mib():
    # 256 * 256 * 0.7 bytes are 45,875 an image: 1,462 fill a shard.
    counts = increment.shard_counts(10_000, DataConfig())
    assert counts == {"train": 5, "validation": 2, "test": 2}


def test_even_no_images_have_a_place_to_go():
    assert increment.shard_counts(0, DataConfig()) == {"train": 1, "validation": 1, "test": 1}


def test_nothing_admitted_is_no_increment(tmp_path):
    assert increment.finish(str(tmp_path), [], ["a", "b"], {"train": 1}, DataConfig()) is None


def test_an_increment_is_named_by_what_it_holds_not_by_where_it_lies(tmp_path):
    def finish(place, stored):
        row = Row("p", str(place), "a", "", "", 1, "1", id="ab" * 32, split="test", status="admitted", stored=stored)
        (tmp_path / place).mkdir()
        return increment.finish(str(tmp_path / place), [row], ["a", "b"], {"test": 1}, DataConfig())

    one, two, other = finish("x", "s"), finish("y", "s"), finish("z", "t")
    assert one.increment_id == two.increment_id != other.increment_id
    assert one.counts["test"] == {"a": 1, "b": 0}


def test_a_shard_to_which_no_image_was_hashed_is_an_empty_file(tmp_path):
    row = Row("p", "u", "a", "", "", 1, "1", id="0" * 64, split="test", status="admitted", stored="s")
    (tmp_path / records.file_name("test", 0, 3)).write_bytes(b"12345")
    increment.finish(str(tmp_path), [row], ["a", "b"], {"train": 1, "validation": 1, "test": 3}, DataConfig())
    assert (tmp_path / "images-test.tfrecord-00002-of-00003").read_bytes() == b""
    splits = json.loads((tmp_path / "dataset_info.json").read_text())["splits"]
    assert [(split["name"], split["shardLengths"], split["numBytes"]) for split in splits] == [
        ("test", ["1", "0", "0"], "5")
    ]
