from dataclasses import replace

import numpy as np
import pytest

from tuning import heads, trained_heads
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.trained_heads import TrainedHeads

WIDE, FLAT = Hyperparameters(0, 4, 0.0, 0.1), Hyperparameters(0, 0, 0.0, 0.1)
DEEP = replace(WIDE, unfrozen_stages=1, learning_rate=0.01)


def silent(_text):
    pass


def head_of(one):
    """The head with which a training would begin."""
    return [np.array(weight) for weight in one._stepper.state.weights[:5]]


def begun(made, point=DEEP):
    return head_of(made._training([point], silent))


def fresh(point=DEEP):
    return heads.stacked([point], 12, 2, 4, seed=5)[0]  # of the bench's seed


def equal(one, other):
    return all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


def trained(made, point):
    training = made._training([point], silent)
    while not training.ended:
        training.epoch()
    return head_of(training)


def test_a_deep_trial_begins_with_the_head_that_a_head_only_trial_ended_with(make_bench):
    made = make_bench()
    made.run(WIDE, silent)
    assert equal(begun(made), trained(made, WIDE))
    assert not equal(begun(made), fresh())


def test_heads_that_are_trained_together_are_kept_each_as_its_own(make_bench):
    made = make_bench()
    made.run_together([FLAT, WIDE], silent)
    for point in (FLAT, WIDE):
        for begins, ended in zip(begun(made, replace(point, unfrozen_stages=2)), trained(made, point), strict=True):
            np.testing.assert_allclose(begins, ended, atol=1e-4)


def test_a_deep_trial_whose_kind_of_head_was_not_tried_begins_fresh(make_bench):
    made = make_bench()
    made.run(FLAT, silent)
    assert equal(begun(made), fresh())


@pytest.mark.parametrize(("head_steps", "begins_trained"), [(16, False), (17, True), (0, False)])  # it has 16
def test_trials_of_many_steps_begin_fresh(make_bench, head_steps, begins_trained):
    made = make_bench(head_steps=head_steps)
    made.run(WIDE, silent)
    assert equal(begun(made), fresh()) != begins_trained


def test_a_damaged_head_is_one_that_is_not_there(make_bench, tmp_path):
    made = make_bench()
    made.run(WIDE, silent)
    (kept,) = (tmp_path / "state" / "heads").iterdir()
    kept.write_bytes(kept.read_bytes()[:-40])
    assert equal(begun(made), fresh())


def test_a_head_only_trial_begins_fresh_whatever_was_trained(make_bench):
    made = make_bench()
    made.run(WIDE, silent)
    assert equal(begun(made, replace(WIDE, dropout=0.3)), fresh(WIDE))


@pytest.fixture
def kept(tmp_path):
    return TrainedHeads(Folder(tmp_path))


def stack(*values):
    return [np.array(values, np.float32)[:, np.newaxis]]


def test_of_each_kind_the_best_is_kept_of_equal_ones_the_first(kept):
    other = replace(WIDE, dropout=0.3)
    kept.keep([WIDE, other, other, FLAT], [0.5, 0.7, 0.7, 0.6], stack(1, 2, 3, 4))
    assert equal(kept.instead_of(stack(0), WIDE), stack(2))
    assert equal(kept.instead_of(stack(0), FLAT), stack(4))


def test_a_later_head_takes_its_place_only_if_it_is_better(kept):
    for score, number in ((0.6, 1), (0.5, 2), (0.6, 3)):
        kept.keep([WIDE], [score], stack(number))
    assert equal(kept.instead_of(stack(0), WIDE), stack(1))
    kept.keep([WIDE], [0.7], stack(4))
    assert equal(kept.instead_of(stack(0), WIDE), stack(4))


def test_the_head_of_a_trial_that_failed_is_not_kept(kept):
    kept.keep([WIDE], [None], stack(np.nan))
    assert equal(kept.instead_of(stack(0), WIDE), stack(0))


@pytest.mark.parametrize("change", [{"pooling": "max"}, {"head_width": 8}, {"image_side_px": 64}])
def test_another_pooling_width_or_side_is_another_kind(kept, change):
    kept.keep([WIDE], [0.6], stack(1))
    assert equal(kept.instead_of(stack(0), replace(WIDE, **change)), stack(0))


def test_the_file_of_a_kind_holds_the_head_as_it_would_be_made(make_bench, tmp_path):
    made = make_bench()
    made.run(FLAT, silent)
    content = TrainedHeads(Folder(tmp_path / "state")).file(replace(FLAT, unfrozen_stages=1))
    kernel, bias = trained_heads.decode(content, FLAT)
    ended = trained(made, FLAT)
    assert equal([kernel, bias], [ended[0][0][:6], ended[4][0]])  # the averages of 6 channels
    with pytest.raises(ValueError, match="is damaged"):
        trained_heads.decode(content[:-40], FLAT)
    assert TrainedHeads(Folder(tmp_path / "state")).file(WIDE) is None
