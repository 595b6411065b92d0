import math

import pytest

from components.drift import population_stability_index, total_variation


@pytest.mark.parametrize("distance", [total_variation, population_stability_index])
def test_equal_shares_do_not_differ_however_many_images_there_are(distance):
    assert distance({"a": 1, "b": 3}, {"a": 20, "b": 60, "c": 0}) == 0


def test_total_variation_is_the_share_that_would_have_to_move():
    # 0.75/0.25 against 0.25/0.5/0.25: half of the images would have to leave a.
    assert total_variation({"a": 3, "b": 1}, {"a": 1, "b": 2, "c": 1}) == pytest.approx(0.5)


def test_total_variation_of_disjoint_categories_is_one():
    assert total_variation({"a": 5}, {"b": 7}) == 1


@pytest.mark.parametrize(("before", "now", "value"), [({}, {}, 0), ({"a": 1}, {}, 1), ({}, {"a": 1}, 1)])
def test_total_variation_knows_empty_sides(before, now, value):
    assert total_variation(before, now) == value


def test_the_index_of_a_shift_is_worked_by_hand():
    # (0.25 - 0.5) ln(0.25/0.5) + (0.75 - 0.5) ln(0.75/0.5) = 0.25 ln 2 + 0.25 ln 1.5 = 0.25 ln 3
    assert population_stability_index({"a": 2, "b": 2}, {"a": 1, "b": 3}) == pytest.approx(0.25 * math.log(3))


def test_a_new_category_is_weighed_against_the_least_share():
    # b: (0.5 - 0.0001) ln(0.5/0.0001); a: (0.5 - 1) ln(0.5)
    expected = 0.4999 * math.log(5000) + 0.5 * math.log(2)
    assert population_stability_index({"a": 4}, {"a": 2, "b": 2}) == pytest.approx(expected)


def test_the_index_against_nothing_is_infinite():
    assert population_stability_index({"a": 1}, {}) == math.inf
