import json
from dataclasses import replace

import pytest

from components import records
from components.config import DataConfig
from components.manifest import Row
from components.preprocess import increment
from components.preprocess.increment import Shard, increment_id


def test_a_shard_holds_about_64_mib():
    # 256 * 256 * 0.7 bytes are 45,875 an image: 1,462 fill a shard.
    counts = increment.shard_counts(10_000, DataConfig())
    assert counts == {"train": 5, "validation": 2, "test": 2}


def test_even_no_images_have_a_place_to_go():
    assert increment.shard_counts(0, DataConfig()) == {"train": 1, "validation": 1, "test": 1}


def test_nothing_admitted_is_no_increment(tmp_path):
    assert increment.finish(str(tmp_path), [], ["a", "b"], {"train": 1}, DataConfig()) is None


def row(image_id="ab" * 32, **others):
    return replace(
        Row("p", "u", "a", "", "", 1, "1", id=image_id, split="test", status="admitted", stored="s"), **others
    )


def test_an_increment_is_named_by_what_it_holds_not_by_where_it_lies(tmp_path):
    def finish(place, **others):
        shard = Shard.of(records.file_name("test", 0, 1), 5, [row(uri=place, **others)])
        return increment.finish(str(tmp_path / place), [shard], ["a", "b"], {"test": 1}, DataConfig())

    one, two, other = finish("x"), finish("y"), finish("z", stored="t")
    assert one.increment_id == two.increment_id != other.increment_id
    assert one.counts["test"] == {"a": 1, "b": 0}


@pytest.mark.parametrize("change", [{"label": "b"}, {"stored": "t"}, {"id": "cd" * 32}])
def test_a_shards_digest_knows_what_its_records_hold(change):
    assert Shard.of("images-test.", 5, [row()]).digest != Shard.of("images-test.", 5, [row(**change)]).digest


def test_shards_that_come_in_another_order_or_hold_nothing_do_not_change_the_name():
    one, two = Shard.of("images-test.1", 5, [row()]), Shard.of("images-train.1", 5, [row("cd" * 32, split="train")])
    empty = Shard.of("images-validation.1", 0, [])
    assert increment_id([one, two]) == increment_id([two, empty, one]) != increment_id([one])


def test_a_shard_to_which_no_image_was_hashed_is_an_empty_file(tmp_path):
    name = records.file_name("test", 0, 3)
    (tmp_path / name).write_bytes(b"12345")
    shards = {"train": 1, "validation": 1, "test": 3}
    increment.finish(str(tmp_path), [Shard.of(name, 5, [row("0" * 64)])], ["a", "b"], shards, DataConfig())
    assert (tmp_path / "images-test.tfrecord-00002-of-00003").read_bytes() == b""
    splits = json.loads((tmp_path / "dataset_info.json").read_text())["splits"]
    assert [(split["name"], split["shardLengths"], split["numBytes"]) for split in splits] == [
        ("test", ["1", "0", "0"], "5")
    ]
