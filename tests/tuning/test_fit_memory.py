from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tuning import checkpoint, fit, optimizer, schedule, watch
from tuning.files import Folder
from tuning.standing import FitSettings

SETTINGS = FitSettings(4, 2, "balanced_accuracy")


class Cramped:
    """Batches that fit into memory, from an epoch on, in pieces of so many images only."""

    def __init__(self, epochs, most, since=0):
        self.batch_size, self._epochs, self._most, self._since = epochs.batch_size, epochs, most, since

    def batches(self, epoch, done=0, parts=1):
        if epoch >= self._since and self.batch_size // parts > self._most:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")
        return self._epochs.batches(epoch, done, parts)


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


def test_a_training_whose_batches_are_cut_goes_on_within_an_epoch_by_pieces_that_fit(
    start, dataset_of, tmp_path, asked_to_end
):
    settings = replace(SETTINGS, epochs=2, checkpoint_s=0.0)
    whole, make, epochs = start(dataset_of(32, 1))
    undisturbed = fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), settings)
    whole, make, epochs = start(dataset_of(32, 1))
    with asked_to_end(11):
        fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), settings, Folder(tmp_path))
    state = checkpoint.read(Folder(tmp_path)).figures
    assert (state["parts"], state["done"] > 0) == (4, True)
    whole, make, epochs = start(dataset_of(32, 1))
    rows = fit.fit(whole, make, Cramped(epochs, 4), dataset_of(16, 2), settings, Folder(tmp_path))
    assert [row.train_loss for row in rows] == [row.train_loss for row in undisturbed]


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
