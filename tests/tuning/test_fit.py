import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tuning import augmented, checkpoint, fit, interruption, model, optimizer, schedule, watch, weights
from tuning.augmentation import STRENGTHS
from tuning.epochs import Epochs
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.standing import FitSettings

SETTINGS = FitSettings(4, 2, "balanced_accuracy")


@pytest.fixture
def start(small_network):
    """(depth, head width, learning rate, batch size, ...) -> a fresh classifier and what fit needs of it."""
    backbone, network = small_network

    def make(training, depth=0, width=0, rate=0.01, batch_size=16, epochs=4, mixup=0.0):
        network.set_weights(weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1).get_weights())
        point = Hyperparameters(depth, width, 0.1, rate)
        whole = model.classifier(model.split(network, backbone, depth), 2, point, 1).whole
        size = int(training.cardinality())
        make_learner = augmented.maker(
            whole, point, STRENGTHS["light"], epochs * -(-size // batch_size), seed=3, compiles=False
        )
        return whole, make_learner, Epochs(training, [size // 2, size // 2], batch_size, 3, mixup=mixup)

    return make


def test_training_beats_chance_clearly_on_two_simple_brands(start, dataset_of, two_brands):
    whole, make, epochs = start(dataset_of(64, 1))
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), SETTINGS)
    images, labels = two_brands(40, 3)
    assert (whole.predict(images, verbose=0).argmax(1) == labels).mean() >= 0.9
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))


def test_the_model_is_left_with_its_best_epochs_weights(start, dataset_of, two_brands):
    whole, make, epochs = start(dataset_of(32, 1))
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), SETTINGS)
    images, labels = two_brands(32, 2)
    recalls = [(whole.predict(images, verbose=0).argmax(1) == labels)[labels == k].mean() for k in (0, 1)]
    assert np.mean(recalls) == pytest.approx(max(row.objective for row in rows))


def test_whoever_removes_its_state_meanwhile_does_not_change_what_it_ends_with(start, dataset_of, tmp_path):
    settings, ends = replace(SETTINGS, patience=4), []
    for on_epoch in (lambda _row: None, lambda _row: shutil.rmtree(tmp_path, ignore_errors=True)):
        whole, make, epochs = start(dataset_of(32, 1), depth=1, rate=0.3)
        rows = fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path), on_epoch)
        ends.append(whole.get_weights())
    assert rows[-1].objective < max(row.objective for row in rows)  # else the last epoch's weights would be right, too
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


def test_it_stops_when_patience_epochs_brought_nothing_better(start, dataset_of):
    whole, make, epochs = start(dataset_of(16, 1), rate=1e-12, epochs=9)  # a rate at which nothing changes
    assert len(fit.fit(whole, make, epochs, dataset_of(16, 2), replace(SETTINGS, epochs=9))) == 3


def test_equal_seeds_give_equal_models(start, dataset_of):
    results = []
    for _ in range(2):
        whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
        fit.fit(whole, make, epochs, dataset_of(16, 2), SETTINGS)
        results.append(whole.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


# An epoch of two batches is looked at three times: before anything, within, after its last batch, within the next.
@pytest.mark.parametrize("look", [1, 2, 3, 5])
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(start, dataset_of, tmp_path, monkeypatch, look):
    settings = replace(SETTINGS, patience=4, average_from=0.5)
    whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
    undisturbed = fit.fit(whole, make, epochs, dataset_of(16, 2), settings)
    expected = whole.get_weights()
    with monkeypatch.context() as patched:
        # A signal's effect, at a moment that is known: the real signal is sent to the step.
        patched.setattr(fit.interruption, "noticed", lambda: _Asked(look))
        whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
        with pytest.raises(interruption.Interrupted):
            fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path))
    whole, make, epochs = start(dataset_of(32, 1), depth=1, mixup=0.2)
    rows = fit.fit(whole, make, epochs, dataset_of(16, 2), settings, Folder(tmp_path))
    assert [replace(row, seconds=0) for row in rows] == [replace(row, seconds=0) for row in undisturbed]
    assert all(np.array_equal(a, b) for a, b in zip(expected, whole.get_weights(), strict=True))


class _Asked:
    """What interruption.noticed gives; set when it is looked at for the last time."""

    def __init__(self, last):
        self.looks = 0
        self.last = last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def is_set(self):
        self.looks += 1
        return self.looks >= self.last


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


def test_averaged_weights_are_taken_only_if_they_score_no_worse(start, dataset_of):
    whole, make, epochs = start(dataset_of(64, 1), depth=1)
    settings = replace(SETTINGS, patience=4, average_from=0.25)
    rows = fit.fit(whole, make, epochs, dataset_of(32, 2), settings)
    assert fit.Validation(whole, dataset_of(32, 2), 16, "balanced_accuracy").figures()["objective"] >= max(
        row.objective for row in rows
    )


class Cramped:
    """Batches that fit into memory, from an epoch on, in pieces of so many images only."""

    def __init__(self, epochs, most, since=0):
        self.batch_size, self._epochs, self._most, self._since = epochs.batch_size, epochs, most, since

    def batches(self, epoch, done=0, parts=1):
        if epoch >= self._since and self.batch_size // parts > self._most:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")
        return self._epochs.batches(epoch, done, parts)


def test_where_scores_do_not_tell_it_ends_with_the_mean_of_the_later_epochs_weights(start, dataset_of):
    whole, make, epochs = start(dataset_of(32, 1), rate=1e-3)
    seen = []
    settings = replace(SETTINGS, patience=4, average_from=0.5)
    # Of one class only: whatever it learns, about as much of it is right; a rate that moves, but not far.
    images = tf.data.Dataset.from_tensor_slices((np.zeros((4, 32, 32, 3), "uint8"), np.zeros(4, "int64")))
    fit.fit(whole, make, epochs, images, settings, on_epoch=lambda _row: seen.append(whole.get_weights()))
    mean = [(third + fourth) / 2 for third, fourth in zip(seen[2], seen[3], strict=True)]
    for after, expected in zip(whole.get_weights(), mean, strict=True):
        np.testing.assert_allclose(after, expected, atol=1e-6)
    assert max(np.abs(third - fourth).max() for third, fourth in zip(seen[2], seen[3], strict=True)) > 1e-5


def test_out_of_memory_cuts_batches_until_they_fit_and_adds_gradients_up(start, dataset_of, capsys):
    whole, make, epochs = start(dataset_of(32, 1))
    rows = fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), replace(SETTINGS, epochs=2))
    assert len(rows) == 2
    assert "batches are cut into 4 parts" in capsys.readouterr().out


def test_batches_that_are_cut_late_go_on_with_the_rate_and_what_past_gradients_left(start, dataset_of):
    whole, make, epochs = start(dataset_of(60, 1), batch_size=20)
    made, found = [], []

    def learner(parts):
        made.append(make(parts))
        return made[-1]

    def look(_row):
        past, pieces = optimizer.divided(made[-1].optimizer)
        found.append((int(pieces[0]), float(made[-1].optimizer.learning_rate), np.array(past[1])))

    settings = replace(SETTINGS, patience=4)
    fit.fit(whole, learner, Cramped(epochs, 6, since=2), dataset_of(16, 2), settings, on_epoch=look)
    # Of 20 images: halves and quarters of 10 and 5, which do not fit and fit. Three steps in each of four epochs.
    assert [count for count, _, _ in found] == [3, 6, 36, 48]
    rates = [rate for _, rate, _ in found]
    assert rates == sorted(rates, reverse=True)
    assert rates[2] == pytest.approx(0.01 * schedule.share(9, 12), rel=0.2)
    assert np.any(found[1][2] > 0)  # Adam's squares; they decay by a thousandth a step
    assert np.all(found[2][2] >= 0.99 * found[1][2])


def test_a_training_whose_batches_are_cut_goes_on_within_an_epoch_by_pieces_that_fit(start, dataset_of, tmp_path):
    settings, whole_rows = replace(SETTINGS, epochs=2, checkpoint_s=0.0), None
    for last in (None, 11):
        whole, make, epochs = start(dataset_of(32, 1))
        with pytest.MonkeyPatch.context() as patched:
            if last is not None:
                patched.setattr(interruption, "noticed", lambda last=last: _Asked(last))
                with pytest.raises(interruption.Interrupted):
                    fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), settings, Folder(tmp_path))
        if last is not None:
            state = checkpoint.read(Folder(tmp_path)).figures
            assert (state["parts"], state["done"] > 0) == (4, True)
            whole, make, epochs = start(dataset_of(32, 1))
        rows = fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), settings, Folder(tmp_path) if last else None)
        whole_rows = whole_rows or rows
    assert [row.train_loss for row in rows] == [row.train_loss for row in whole_rows]


def test_validation_is_asked_in_pieces_that_fit(start, dataset_of, monkeypatch):
    answering, asked = watch.backend.answering, []

    def cramped(model):
        predict = answering(model)

        def answer(rows):
            if len(rows) > 4:
                raise MemoryError
            asked.append(len(rows))
            return predict(rows)

        return answer

    monkeypatch.setattr(watch.backend, "answering", cramped)
    whole, make, epochs = start(dataset_of(16, 1))
    assert len(fit.fit(whole, make, epochs, dataset_of(14, 2), replace(SETTINGS, epochs=1))) == 1
    assert asked == [4, 4, 4, 2]


def test_memory_that_does_not_suffice_for_one_image_is_said(start, dataset_of):
    whole, make, epochs = start(dataset_of(16, 1), batch_size=2)

    class Full:
        counts, batch_size = epochs.counts, epochs.batch_size

        def batches(self, epoch, done=0, parts=1):
            raise MemoryError

    with pytest.raises(MemoryError, match=r"a single image; lower search\.image_side_px"):
        fit.fit(whole, make, Full(), dataset_of(16, 2), SETTINGS)


def test_an_empty_validation_split_is_refused(start, dataset_of):
    whole, make, epochs = start(dataset_of(16))
    with pytest.raises(ValueError, match="validation split is empty"):
        fit.fit(whole, make, epochs, dataset_of(0), SETTINGS)


def test_a_loss_that_is_no_number_is_said(start, dataset_of):
    whole, make, epochs = start(dataset_of(16), width=8, rate=1e30, epochs=1)
    with pytest.raises(FloatingPointError, match="no longer"):
        fit.fit(whole, make, epochs, dataset_of(16), replace(SETTINGS, epochs=1))


def test_the_trained_model_is_not_compiled_so_that_its_file_needs_no_code_of_ours(start, dataset_of):
    whole, make, epochs = start(dataset_of(16))
    fit.fit(whole, make, epochs, dataset_of(16), SETTINGS)
    assert not any(getattr(layer, "compiled", False) for layer in whole._flatten_layers())
