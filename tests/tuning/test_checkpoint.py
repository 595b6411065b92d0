import numpy as np
import pytest

from tuning import checkpoint
from tuning.checkpoint import Checkpoint
from tuning.files import Folder


@pytest.fixture
def files(tmp_path):
    return Folder(tmp_path)


def test_arrays_come_back_by_group_in_order_with_the_figures(files):
    groups = {"weights": [np.full((2, 3), 0.5, np.float32), np.arange(4)], "optimizer": [np.array(7)]}
    checkpoint.write(files, Checkpoint(groups, {"done": 3, "rows": [[1, 0.25]]}))
    kept = checkpoint.read(files)
    assert kept.figures == {"done": 3, "rows": [[1, 0.25]]}
    for group, arrays in groups.items():
        assert all(np.array_equal(a, b) for a, b in zip(kept.arrays[group], arrays, strict=True))


def test_more_than_ten_arrays_keep_their_order(files):
    checkpoint.write(files, Checkpoint({"weights": [np.array(number) for number in range(12)]}))
    assert [int(array) for array in checkpoint.read(files).arrays["weights"]] == list(range(12))


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: b"", lambda data: _flipped(data)])
def test_a_damaged_checkpoint_counts_as_none(files, damage):
    checkpoint.write(files, Checkpoint({"weights": [np.random.default_rng(0).random(1000)]}))
    files.write(checkpoint.STATE, damage(files.read(checkpoint.STATE)))
    assert checkpoint.read(files) is None


def _flipped(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_arrays_of_another_model_are_refused():
    import keras

    with pytest.raises(ValueError, match="of another model"):
        checkpoint.assign([keras.Variable(np.zeros((2, 3)))], [np.zeros((3, 2))])
