import math

import numpy as np
import pytest

from components.drift import index_noise, population_stability_index, total_variation, total_variation_noise


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


def test_the_noise_of_the_distance_is_a_quantile_of_the_normal_distribution_for_two_categories():
    # The distance is |difference of the shares of a|, of deviation sqrt(1/4 x (1/5000 + 1/5000)) = 0.01; one in a
    # thousand draws exceeds 3.291 of these.
    counts = {"a": 2500, "b": 2500}
    assert total_variation_noise(counts, counts) == pytest.approx(0.0329, rel=0.1)


def test_the_noise_of_the_index_is_a_quantile_of_chi_squared():
    # The 99.9 % quantile of nine degrees is 27.877; Wilson and Hilferty miss it by less than one in a hundred.
    assert index_noise(10, 1000, 1000) == pytest.approx(27.877 * 0.002, rel=0.01)


def test_one_bin_can_show_no_difference_and_no_image_no_agreement():
    assert index_noise(1, 10, 10) == 0
    assert index_noise(10, 10, 0) == math.inf
    assert total_variation_noise({"a": 1}, {}) == 1


@pytest.mark.parametrize("images", [300, 3000])
def test_draws_from_one_distribution_stay_under_the_noise(images):
    random = np.random.default_rng(5)
    shares = random.dirichlet(np.ones(10))
    for _ in range(5):
        before, now = (dict(enumerate(random.multinomial(images, shares))) for _ in range(2))
        assert total_variation(before, now) < total_variation_noise(before, now) * 1.1
    # Tenths of the images before, as the index is used.
    for _ in range(200):
        before, now = (dict(enumerate(random.multinomial(images, [0.1] * 10))) for _ in range(2))
        assert population_stability_index(before, now) < index_noise(10, images, images) * 1.3
