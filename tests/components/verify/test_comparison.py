import numpy as np
import pytest

from components.errors import BrandlensError
from components.predictions import Predictions
from components.verify.comparison import choose, compare

SURE = np.tile([0.9, 0.1], (40, 1))


def flipped(count, images=40):
    """Answers like SURE of which `count` are just over the border."""
    given = np.tile([0.9, 0.1], (images, 1))
    given[:count] = [0.49, 0.51]
    return given


def test_equal_answers_differ_by_nothing():
    verification = compare("m", SURE, SURE, {})
    assert (verification.images, verification.max_difference, verification.same_answers) == (40, 0.0, 1.0)


def test_figures_are_those_of_the_probability_that_differs_most():
    judged = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1]])
    served = np.array([[0.66, 0.23, 0.11], [0.6, 0.3, 0.1]])
    verification = compare("m", judged, served, {"raw file gone": 1})
    assert verification.max_difference == pytest.approx(0.04)
    assert verification.mean_difference == pytest.approx(0.02)
    assert verification.left_out == {"raw file gone": 1}


def test_one_image_in_twenty_may_change_its_answer():
    assert compare("m", SURE, flipped(2), {}).same_answers == 0.95


def test_more_than_one_in_twenty_may_not():
    with pytest.raises(BrandlensError, match="3 of 40 images get another brand"):
        compare("m", SURE, flipped(3), {})


def test_among_few_images_one_on_the_border_is_forgiven():
    judged = np.array([[0.51, 0.49], [0.9, 0.1]])
    assert compare("m", judged, np.array([[0.49, 0.51], [0.9, 0.1]]), {}).same_answers == 0.5


def test_equal_answers_with_other_probabilities_are_refused():
    with pytest.raises(BrandlensError, match=r"differ by 0\.060 on average"):
        compare("m", SURE, np.tile([0.84, 0.16], (40, 1)), {})


def test_answers_that_are_not_numbers_are_refused():
    with pytest.raises(BrandlensError):
        compare("m", SURE, np.full((40, 2), np.nan), {})


def test_nothing_to_compare_is_refused_with_the_reasons():
    with pytest.raises(BrandlensError, match="raw file gone: 3"):
        compare("m", np.zeros((0, 2)), np.zeros((0, 2)), {"raw file gone": 3})


def test_chosen_images_are_spread_over_the_brands():
    labels = np.array([0] * 50 + [1] * 3)
    predictions = Predictions(
        names=("acme", "zeta"), ids=tuple(f"{number:02d}" for number in range(53)), uris=("",) * 53,
        sources=("",) * 53, groups=("",) * 53, labels=labels, probabilities=np.zeros((53, 2)),
    )  # fmt: skip
    chosen = choose(predictions, most=10)
    assert len(chosen) == 10
    assert sorted(labels[chosen]) == [0] * 7 + [1] * 3
