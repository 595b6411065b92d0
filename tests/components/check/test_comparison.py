import math

import pytest

from components.check.census import Census
from components.check.comparison import measure

GREY = {"width": 100, "height": 100, "red": 100, "green": 100, "blue": 100, "contrast": 20}


def drift_of(counted, now, then):
    return measure(counted(now), counted(then), 3, "old")


def test_shares_are_compared_by_brand_and_by_source(rows, counted):
    then = [*rows("acme", 30), *rows("zeta", 10)]
    now = [*rows("acme", 10), *rows("zeta", 20, source="post"), *rows("omni", 10)]
    brand, source = drift_of(counted, now, then).shares
    # 3/4, 1/4 before; 1/4, 1/2, 1/4 now.
    assert (brand.of, brand.distance) == ("brand", pytest.approx(0.5))
    assert brand.then == {"acme": 0.75, "omni": 0.0, "zeta": 0.25}
    assert brand.now == {"acme": 0.25, "omni": 0.25, "zeta": 0.5}
    assert (source.of, source.distance) == ("source", pytest.approx(0.5))


def test_pictures_are_compared_over_the_tenths_of_the_champions(rows, counted):
    then = [row for value in range(10) for row in rows("acme", 10, **{**GREY, "contrast": 10 * value + 5})]
    now = [row for value in range(5) for row in rows("acme", 20, **{**GREY, "contrast": 10 * value + 5})]
    drift = drift_of(counted, now, then)
    (contrast,) = (number for number in drift.numbers if number.of == "contrast")
    # Five tenths twice as full, five empty, which count as 0.0001.
    expected = 5 * 0.1 * math.log(2) + 5 * 0.0999 * math.log(1000)
    assert contrast.index == pytest.approx(expected)
    assert (contrast.mean_then, contrast.mean_now) == pytest.approx((50, 25))
    assert sum(contrast.now) == pytest.approx(1)
    assert sum(contrast.then) == pytest.approx(1)
    assert all(number.index == 0 for number in drift.numbers if number.of != "contrast")


def test_new_images_are_compared_with_all_of_the_champions(rows, counted):
    then = counted([*rows("acme", 30), *rows("zeta", 10)])
    came = [*rows("acme", 5, source="post"), *rows("zeta", 5, source="post")]
    drift = measure(Census.of([*rows("acme", 30), *came], known=then.ids), then, 3, "old")
    brand, source = drift.new.shares
    assert drift.new.images == 10
    # 3/4 and 1/4 at the champion, half and half in what came; the ten that were removed are not in it.
    assert brand.distance == pytest.approx(0.25)
    assert (source.then, source.now) == ({"official": 1.0, "post": 0.0}, {"official": 0.0, "post": 1.0})
    assert drift.shares[0].distance == pytest.approx(35 / 40 - 3 / 4)


def test_without_new_images_only_all_of_them_are_compared(rows, counted):
    then = counted(rows("acme", 3))
    assert measure(Census.of(rows("acme", 2), known=then.ids), then, 3, "old").new is None
