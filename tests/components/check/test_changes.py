import math

import pytest

from components.check.changes import champion_saw_test, drifted, measure, unmeasured
from components.config import CheckConfig

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


def test_drift_above_bar_and_noise_is_a_warning_with_its_figures(rows, counted):
    then = [*rows("acme", 300, **GREY), *rows("zeta", 300, **GREY)]
    now = [*rows("acme", 500, **{**GREY, "red": 250}), *rows("zeta", 100, **{**GREY, "red": 250})]
    brand, pictures = drifted(drift_of(counted, now, then), CheckConfig())
    assert brand.code == "brand_drift"
    assert brand.message == (
        "33% of the images lie in other brands than when the champion (version 3) learned: "
        "acme 50% to 83%, zeta 50% to 17%."
    )
    assert brand.setting == "check.max_share_drift"
    assert pictures.code == "picture_drift"
    assert "red 100 to 250" in pictures.message
    assert "blue" not in pictures.message


def test_what_chance_would_do_is_no_drift(rows, counted):
    then, now = [*rows("acme", 6), *rows("zeta", 4)], [*rows("acme", 4), *rows("zeta", 6)]  # by 20 %
    assert list(drifted(drift_of(counted, now, then), CheckConfig())) == []


def test_a_bar_above_the_drift_silences_it(rows, counted):
    then, now = [*rows("acme", 300), *rows("zeta", 300)], [*rows("acme", 500), *rows("zeta", 100)]
    drift = drift_of(counted, now, then)
    assert list(drifted(drift, CheckConfig(max_share_drift=0.34))) == []
    assert len(list(drifted(drift, CheckConfig(max_share_drift=0.33)))) == 1


def test_figures_that_the_champions_snapshot_lacks_are_a_remark(rows, counted):
    now, then = counted(rows("acme", 5, **GREY)), counted(rows("acme", 5, width=10, height=10))
    assert {number.of for number in measure(now, then, 3, "old").numbers} == {"size", "shape"}
    (found,) = unmeasured(now, then)
    assert found.severity == "remark"
    assert found.message == (
        "Drift of brightness, contrast, saturation, red, green, blue is not measured: "
        "the champion's snapshot does not hold these figures."
    )


def test_a_champion_that_learned_from_test_images_is_a_warning(row, counted):
    now = counted([row("acme/1", split="test"), row("acme/2", split="test"), row("acme/3")])
    then = counted([row("acme/1"), row("acme/2", split="test"), row("acme/3")])
    (found,) = champion_saw_test(now, then, 3)
    assert "learned from 1 of the 2 test images" in found.message
    assert list(champion_saw_test(now, now, 3)) == []
