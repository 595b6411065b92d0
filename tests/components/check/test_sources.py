import math

import pytest

from components.check.sources import one_source, source_tells_brand, source_without_test, uncertainty_coefficient
from components.config import CheckConfig


def test_the_coefficient_is_one_if_the_source_tells_the_brand_and_zero_if_it_tells_nothing():
    assert uncertainty_coefficient({("acme", "a"): 7, ("zeta", "b"): 3}) == pytest.approx(1)
    assert uncertainty_coefficient({(brand, source): 5 for brand in "xy" for source in "ab"}) == 0


def test_the_coefficient_is_worked_by_hand():
    # Sources of two brands in halves, 3 : 1 and 1 : 3: of one bit 0.75 log2 3 - 1 + ... = 1 - H(1/4) is told.
    counts = {("x", "a"): 3, ("x", "b"): 1, ("y", "a"): 1, ("y", "b"): 3}
    entropy = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert uncertainty_coefficient(counts) == pytest.approx(1 - entropy)


def test_a_single_brand_leaves_nothing_to_tell():
    assert uncertainty_coefficient({("acme", "a"): 7, ("acme", "b"): 3}) == 0


@pytest.mark.parametrize(("bar", "warned"), [(0.18, True), (0.19, False)])
def test_a_source_that_tells_more_than_the_bar_is_a_warning(rows, counted, bar, warned):
    # As above: 18.9 % of the brand is told.
    parts = [("acme", 30, "a"), ("acme", 10, "b"), ("zeta", 10, "a"), ("zeta", 30, "b")]
    census = counted([row for label, images, source in parts for row in rows(label, images, source=source)])
    found = list(source_tells_brand(census, CheckConfig(max_source_tells_brand=bar)))
    assert bool(found) == warned
    if warned:
        assert found[0].message == (
            "An image's source tells 19% of its brand, without a look at the picture: "
            "a is acme in 75%, b is zeta in 75%."
        )
        assert found[0].setting == "check.max_source_tells_brand"


def test_brands_of_one_source_among_others_are_named(rows, counted):
    census = counted([*rows("acme", 2, source="a"), *rows("acme", 2, source="b"), *rows("zeta", 2, source="")])
    (found,) = one_source(census)
    assert found.message == "1 of 2 brands come from one source only, others from several: zeta (no source)."


def test_a_source_without_test_images_is_a_warning(rows, counted):
    tested = rows("acme", 20, source="a", split="test")
    census = counted([*tested, *rows("acme", 20, source="b")])
    (found,) = source_without_test(census, CheckConfig())
    assert found.message == "1 of 2 sources have under 1 test images: b (0)."
    assert "check.min_test_images_per_source (now 1)" in found.remedy


def test_small_sources_and_a_bar_of_none_ask_for_no_test_images(rows, counted):
    tested = rows("acme", 20, source="a", split="test")
    small, large = rows("acme", 19, source="b"), rows("acme", 20, source="b")
    assert list(source_without_test(counted([*tested, *small]), CheckConfig())) == []
    assert list(source_without_test(counted([*tested, *large]), CheckConfig(min_test_images_per_source=0))) == []
