import numpy as np
import pytest

from tuning.async_checkpointer import AsyncCheckpointer
from tuning.checkpoint import Checkpoint
from tuning.files import Folder


def one(value):
    return Checkpoint({"weights": [np.array(value)]}, {"value": value})


def test_what_is_read_is_what_was_written_last(tmp_path):
    with AsyncCheckpointer(Folder(tmp_path)) as checkpoints:
        for value in range(5):
            checkpoints.write(one(value))
        assert checkpoints.read().figures == {"value": 4}
        checkpoints.remove("state.npz")
        assert checkpoints.read() is None


def test_leaving_it_waits_for_what_is_left_to_write(tmp_path):
    with AsyncCheckpointer(Folder(tmp_path)) as checkpoints:
        checkpoints.write(one(1), "a.npz")
        checkpoints.write(one(2), "b.npz")
    assert Folder(tmp_path).names() == ["a.npz", "b.npz"]


class Refusing(Folder):
    """Does not write one name."""

    def write(self, name, content):
        if name == "b.npz":
            raise OSError(28, "No space left on device")
        super().write(name, content)


def test_after_a_failure_nothing_is_written_or_removed_and_it_is_raised(tmp_path):
    with pytest.raises(OSError, match="No space left"), AsyncCheckpointer(Refusing(tmp_path)) as checkpoints:  # noqa: PT012
        checkpoints.write(one(1), "a.npz")
        checkpoints.write(one(2), "b.npz")
        checkpoints.write(one(3), "c.npz")
        checkpoints.remove("a.npz")
    assert Folder(tmp_path).names() == ["a.npz"]


def test_waiting_raises_the_failure(tmp_path):
    checkpoints = AsyncCheckpointer(Refusing(tmp_path))
    checkpoints.write(one(2), "b.npz")
    with pytest.raises(OSError, match="No space left"):
        checkpoints.wait()


def test_what_is_raised_inside_is_not_hidden_by_a_failure(tmp_path):
    with pytest.raises(KeyError), AsyncCheckpointer(Refusing(tmp_path)) as checkpoints:  # noqa: PT012
        checkpoints.write(one(2), "b.npz")
        raise KeyError
