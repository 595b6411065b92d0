import pytest

from tuning.halving import Halving, is_rung, stops

RULE = Halving(factor=3, min_epochs=2)


def test_rungs_are_the_first_epochs_times_powers_of_the_factor():
    assert [epochs for epochs in range(20) if is_rung(RULE, epochs)] == [2, 6, 18]


def test_of_up_to_three_at_a_rung_only_the_best_goes_on():
    assert not stops(RULE, [0.5, 0.7], [])
    assert not stops(RULE, [0.5, 0.7], [[0.6, 0.6]])
    assert stops(RULE, [0.5, 0.7], [[0.8, 0.6]])  # a best score so far, not the last one


def test_of_four_at_a_rung_two_go_on():
    others = [[0.8, 0.8], [0.7, 0.7], [0.5, 0.5]]
    assert not stops(RULE, [0.6, 0.75], others)
    assert stops(RULE, [0.6, 0.6], others)


def test_equal_scores_go_on():
    assert not stops(RULE, [0.5, 0.7], [[0.7, 0.7]])


def test_trials_that_never_came_to_the_rung_do_not_count():
    assert not stops(RULE, [0.1, 0.1], [[0.9], [0.9]])


def test_scores_after_the_rung_do_not_count():
    assert not stops(RULE, [0.5, 0.7], [[0.6, 0.6, 0.9]])


@pytest.mark.parametrize("curve", [[], [0.1], [0.1, 0.1, 0.1]])
def test_between_rungs_nothing_stops(curve):
    assert not stops(RULE, curve, [[0.9, 0.9, 0.9]])


def test_a_trial_with_the_greatest_score_there_is_ends_at_once():
    assert stops(RULE, [0.5, 0.8, 1.0], [])
    assert stops(RULE, [1.0], [[0.9]])


def test_it_counts_at_later_rungs_as_if_it_had_gone_on():
    six = [0.5, 0.5, 0.7, 0.8, 0.8, 0.9]
    assert stops(RULE, six, [[0.5, 0.8, 1.0]])
    assert not stops(RULE, six[:2], [[0.5, 0.4, 1.0]])  # it had not scored it at this one
