from components.check.census import Census
from components.check.changes import champion_saw_test, drifted, unmeasured
from components.check.comparison import measure
from components.config import CheckConfig

GREY = {"width": 100, "height": 100, "red": 100, "green": 100, "blue": 100, "contrast": 20}


def drift_of(counted, now, then):
    return measure(counted(now), counted(then), 3, "old")


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


def since(counted, then, came):
    """The drift after images came to those of the champion."""
    before = counted(then)
    return measure(Census.of([*then, *came], known=before.ids), before, 3, "old")


def codes(drift, **policy):
    return [finding.code for finding in drifted(drift, CheckConfig(**policy))]


def test_a_new_source_and_a_cast_of_colour_in_one_image_of_a_hundred_are_told(rows, counted):
    then = [*rows("acme", 2000, **GREY), *rows("zeta", 2000, **GREY)]
    came = [row for label in ("acme", "zeta") for row in rows(label, 20, **{**GREY, "red": 250}, source="post")]
    source, pictures = drifted(since(counted, then, came), CheckConfig())
    assert source.code == "new_source_drift"
    assert source.message == (
        "100% of the 40 images that came since the champion (version 3) learned lie in other sources than those "
        "before: official 100% to 0%, post 0% to 100%."
    )
    assert source.setting == "check.max_new_share_drift"
    assert pictures.code == "new_picture_drift"
    assert pictures.message.startswith(
        "The 40 images that came since the champion (version 3) learned look different from those before; mean "
    )
    assert "red 100 to 250" in pictures.message
    assert "blue" not in pictures.message
    assert pictures.setting == "check.max_new_number_drift"


def test_new_images_like_the_old_ones_are_no_drift(rows, counted):
    then = [*rows("acme", 200, **GREY), *rows("zeta", 200, **GREY)]
    came = [*rows("acme", 50, **GREY, group="later"), *rows("zeta", 50, **GREY, group="later")]
    assert codes(since(counted, then, came)) == []


def test_what_all_images_tell_is_not_told_again_of_the_new_ones(rows, counted):
    then = [*rows("acme", 200, **GREY), *rows("zeta", 200, **GREY)]
    came = [*rows("acme", 200, **GREY, source="post"), *rows("zeta", 200, **GREY, source="post")]
    drift = since(counted, then, came)
    assert codes(drift) == ["source_drift"]
    assert codes(drift, max_share_drift=0.5) == ["new_source_drift"]
    assert codes(drift, max_share_drift=0.5, max_new_share_drift=1) == []


def test_few_new_images_are_not_judged(rows, counted):
    then = [*rows("acme", 2000), *rows("zeta", 2000)]
    drift = since(counted, then, rows("acme", 19, source="post"))
    assert codes(drift) == []
    assert codes(drift, min_files_to_judge=19) == ["new_brand_drift", "new_source_drift"]


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
