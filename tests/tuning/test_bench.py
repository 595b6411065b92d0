from dataclasses import replace

import pytest
import tensorflow as tf

from tuning import trial
from tuning.model import Hyperparameters

HEADS = [Hyperparameters(0, 4, 0.0, rate) for rate in (0.1, 0.01)]
DEEP = Hyperparameters(1, 4, 0.2, 0.05)


def silent(_text):
    pass


class Unreadable:
    """Activations that are computed when they are read, in the thread that reads ahead; memory does not suffice."""

    def __init__(self, given):
        self.shape, self.dtype = given.shape, given.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, _rows):
        raise MemoryError("Unable to allocate 3 GiB")


def features_that_do_not_fit(made, monkeypatch, asked):
    if asked == "computed":
        monkeypatch.setattr(made._source, "at", lambda *_: (_ for _ in ()).throw(MemoryError("Unable to allocate")))
        return
    at = made._source.at

    def unreadable(*given):
        found = at(*given)
        rows = found[asked]
        return {**found, asked: replace(rows, activations=[Unreadable(view) for view in rows.activations])}

    monkeypatch.setattr(made._source, "at", unreadable)


@pytest.mark.parametrize("asked", ["computed", "training", "validation"])
def test_a_trial_whose_features_do_not_fit_into_memory_fails_with_the_reason_and_is_tried_anew(
    make_bench, monkeypatch, asked
):
    made = make_bench()
    with monkeypatch.context() as cramped:
        features_that_do_not_fit(made, cramped, asked)
        failed = made.run(DEEP, silent)
        assert failed.score is None
        assert "out of memory: MemoryError: Unable to allocate" in failed.reason
        assert "lower search.image_side_px (unfrozen_stages 1" in failed.reason
        assert [one.reason[:13] for one in made.run_together(HEADS, silent)] == ["out of memory"] * 2
    assert make_bench().run(DEEP, silent).score is not None


def test_a_trial_whose_state_does_not_fit_onto_the_device_fails_with_the_reason(make_bench, monkeypatch):
    def full(*_given):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor\nwith a shape")

    made = make_bench()
    monkeypatch.setattr(trial.Learner, "start", full)
    assert "ResourceExhaustedError: OOM when allocating tensor; lower" in made.run(DEEP, silent).reason


def test_another_error_ends_the_search(make_bench, monkeypatch):
    made = make_bench()
    monkeypatch.setattr(made._source, "at", lambda *_: (_ for _ in ()).throw(KeyError("bug")))
    with pytest.raises(KeyError):
        made.run(DEEP, silent)
    with pytest.raises(KeyError):
        made.run_together(HEADS, silent)


def test_what_a_finished_trial_was_after_some_epochs_is_what_it_would_have_been_paused_there(make_bench):
    paused = make_bench("paused").run(DEEP, silent, until=2)
    made = make_bench()
    whole = made.run(DEEP, silent)
    assert len(whole.curve) == 4
    assert made.run(DEEP, silent, until=2).curve == paused.curve == whole.curve[:2]
    assert made.run(DEEP, silent) == whole
