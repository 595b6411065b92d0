import tensorflow_datasets as tfds

from components import records
from components.erasure.rewriting import described

PATH = "acme/official/0.jpg"


def test_tfds_opens_the_replaced_increment(world):
    made = world.run()
    row = world.rows(made)[PATH]
    world.erase(row.id)
    (item,) = world.newest(made).increments
    builder = tfds.builder_from_directory(item.uri)
    counts = {name: split.num_examples for name, split in builder.info.splits.items()}
    assert counts == {split: sum(labels.values()) for split, labels in item.counts.items()}
    read = [example["id"].decode() for example in tfds.as_numpy(builder.as_dataset(split=row.split))]
    assert len(read) == counts[row.split]
    assert row.id not in read


def test_metadata_follows_the_shards_and_leaves_empty_splits_out():
    info = {
        "name": "images",
        "splits": [
            {"name": "train", "shardLengths": ["2", "3"], "numBytes": "50", "filepathTemplate": "{X}"},
            {"name": "test", "shardLengths": ["1"], "numBytes": "9"},
        ],
    }
    names = [records.file_name("train", 0, 2), records.file_name("train", 1, 2), records.file_name("test", 0, 1)]
    lengths = {names[1]: 0, names[2]: 0}  # the first shard was copied
    sizes = {**dict(zip(names, [20, 0, 0], strict=True)), "features.json": 7}
    assert described(info, lengths, sizes) == {
        "name": "images",
        "splits": [{"name": "train", "shardLengths": ["2", "0"], "numBytes": "20", "filepathTemplate": "{X}"}],
    }
