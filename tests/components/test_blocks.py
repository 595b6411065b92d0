import numpy as np
import pytest

from components import blocks, datasets, snapshot
from components.artifacts import SPLITS, Snapshot


@pytest.fixture
def made(make_snapshot):
    return Snapshot.read(make_snapshot(48))


def test_the_blocks_of_all_splits_hold_every_admitted_image_with_its_class(made):
    rows = {row.id: row for row in snapshot.admitted(made)}
    found = {}
    for split in SPLITS:
        for chosen in blocks.chosen(made, split):
            assert set(chosen.labels) == set(chosen.block.ids())  # nothing was removed since
            found.update({image_id: (split, made.labels[label]) for image_id, label in chosen.labels.items()})
    assert found == {row.id: (row.split, row.label) for row in rows.values()}


@pytest.mark.parametrize("side_px", [48, 32])
def test_pixels_are_those_that_training_and_evaluation_read(made, side_px):
    read = {
        item["id"].decode(): item["image"] for item in datasets.load_split(made, "train", side_px).as_numpy_iterator()
    }
    for chosen in blocks.chosen(made, "train"):
        rows = np.arange(len(chosen.block.ids()))[::-1]
        images = chosen.block.read(rows, side_px)
        assert images.dtype == np.uint8
        for row, image in zip(rows, images, strict=True):
            np.testing.assert_array_equal(image, read[chosen.block.ids()[row]])


def test_a_key_names_increment_split_and_shard(made):
    (increment,) = made.increments
    (chosen,) = blocks.chosen(made, "validation")
    assert chosen.block.key == f"{increment.increment_id}/validation-00000-of-00001"


def test_a_name_that_is_no_split_is_refused(made):
    with pytest.raises(ValueError, match="got 'dev'"):
        blocks.chosen(made, "dev")
