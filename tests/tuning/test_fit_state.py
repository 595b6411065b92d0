import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest

from tuning import checkpoint, fit
from tuning.files import Folder
from tuning.standing import FitSettings

SETTINGS = FitSettings(4, 2, "balanced_accuracy")


# An epoch of two batches is looked at three times: before anything, within, after its last batch, within the next.
@pytest.mark.parametrize("look", [1, 2, 3, 5])
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(start, dataset_of, tmp_path, asked_to_end, look):
    settings = replace(SETTINGS, patience=4, average_from=0.5)
    whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
    undisturbed = fit.fit(whole, make, epochs, dataset_of(16, 2), settings)
    expected = whole.get_weights()
    whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
    with asked_to_end(look):
        fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path))
    whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
    rows = fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path))
    assert [replace(row, seconds=0) for row in rows] == [replace(row, seconds=0) for row in undisturbed]
    assert all(np.array_equal(a, b) for a, b in zip(expected, whole.get_weights(), strict=True))


def test_the_next_epoch_does_not_wait_for_the_last_ones_checkpoint(start, dataset_of, tmp_path):
    whole, make, epochs = start(dataset_of(32, 1))
    begun = threading.Event()

    class Seen:
        """Says when the second epoch begins."""

        batch_size = epochs.batch_size

        def batches(self, epoch, done=0, parts=1):
            if epoch == 1:
                begun.set()
            return epochs.batches(epoch, done, parts)

    class Slow(Folder):
        """Writes the first epoch's weights only then."""

        def write(self, name, content):
            if name == "best-1.npz":
                assert begun.wait(120), "the second epoch did not begin"
            super().write(name, content)

    rows = fit.fit(whole, make, Seen(), dataset_of(16, 2), replace(SETTINGS, epochs=2), Slow(tmp_path))
    assert len(rows) == 2
    assert checkpoint.STATE in Folder(tmp_path).names()


def test_a_checkpoint_that_cannot_be_written_ends_the_training(start, dataset_of, tmp_path):
    whole, make, epochs = start(dataset_of(32, 1))

    class Full(Folder):
        """Room for the state before the first epoch only."""

        def write(self, name, content):
            if name.startswith("best"):
                raise OSError(28, "No space left on device")
            super().write(name, content)

    with pytest.raises(OSError, match="No space left"):
        fit.fit(whole, make, epochs, dataset_of(16, 2), replace(SETTINGS, epochs=1), Full(tmp_path))
    # The state does not name weights that are not there.
    assert checkpoint.read(Folder(tmp_path)).figures["best_epoch"] == 0


def test_a_finished_training_is_not_trained_again(start, dataset_of, tmp_path):
    whole, make, epochs = start(dataset_of(32, 1))
    first = fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS, Folder(tmp_path))
    expected = whole.get_weights()
    whole, _make, epochs = start(dataset_of(32, 1))
    seen = []
    assert fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS, Folder(tmp_path), seen.append) == first
    assert tuple(seen) == first
    assert all(np.array_equal(a, b) for a, b in zip(expected, whole.get_weights(), strict=True))


def test_a_damaged_state_is_passed_over_and_training_begins_again(start, dataset_of, tmp_path):
    whole, make, epochs = start(dataset_of(32, 1))
    first = fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS, Folder(tmp_path))
    (tmp_path / checkpoint.STATE).write_bytes(b"half a file")
    whole, make, epochs = start(dataset_of(32, 1))
    again = fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS, Folder(tmp_path))
    assert [row.train_loss for row in again] == [row.train_loss for row in first]


def test_only_the_state_and_the_best_epochs_weights_are_kept(start, dataset_of, tmp_path):
    whole, make, epochs = start(dataset_of(64, 1))
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), SETTINGS, Folder(tmp_path))
    best = max(range(len(rows)), key=lambda at: rows[at].objective) + 1
    assert Folder(tmp_path).names() == [f"best-{best}.npz", "state.npz"]


def test_whoever_removes_its_state_meanwhile_does_not_change_what_it_ends_with(start, dataset_of, tmp_path):
    settings, ends = replace(SETTINGS, patience=4), []
    for on_epoch in (lambda _row: None, lambda _row: shutil.rmtree(tmp_path, ignore_errors=True)):
        whole, make, epochs = start(dataset_of(32, 1), depth=1, rate=0.3)
        rows = fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path), on_epoch)
        ends.append(whole.get_weights())
    assert rows[-1].objective < max(row.objective for row in rows)  # else the last epoch's weights would be right, too
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))
