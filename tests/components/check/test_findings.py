from dataclasses import replace

import pytest

from components import snapshot
from components.artifacts import Snapshot
from components.check.findings import Near, examine
from components.check.nearness import Bars
from components.config import CheckConfig
from components.manifest import Row

NEAR = Near(Bars(8, 48), enforced=True)


def rows_of(label, train, validation=5, test=5, source="official"):
    sides = ["train"] * train + ["validation"] * validation + ["test"] * test
    names = [f"{label}/{number}" for number in range(len(sides))]
    return [
        Row(name, "u", label, source, name, 1, "1", id=name, split=split, status="admitted", stored=name)
        for name, split in zip(names, sides, strict=True)
    ]


def judge(rows, quarantined=None, labels=None, **policy):
    names = labels or tuple(sorted({row.label for row in rows}))
    made = Snapshot(
        snapshot_id="s", uri="u", manifest_uri="m", labels=names, increments=(), stored_side_px=32,
        counts=snapshot.counts(rows, names), quarantined=quarantined or {}, duplicates=0, new_images=0, seconds=0.0,
    )  # fmt: skip
    return examine(made, lambda: iter(rows), CheckConfig(**policy), NEAR).findings


def codes(findings):
    return [item.code for item in findings]


def test_good_data_has_no_findings():
    found = judge([*rows_of("acme", 10), *rows_of("zeta", 10)])
    assert found.errors == found.warnings == ()


def test_too_few_images_name_every_brand_its_count_and_the_setting():
    found = judge([*rows_of("acme", 10), *rows_of("zeta", 9), *rows_of("beta", 2)])
    assert codes(found.errors) == ["too_few_images_in_all"]
    assert found.errors[0].message == "2 of 3 brands have under 20 images in all: beta (12), zeta (19)."
    assert "check.min_images_per_class (now 20)" in found.errors[0].remedy


@pytest.mark.parametrize(
    ("validation", "test", "code", "key"),
    [
        (4, 6, "too_few_images_in_validation", "min_validation_images_per_class (now 5)"),
        (6, 4, "too_few_images_in_test", "min_test_images_per_class (now 5)"),
    ],
)
def test_too_few_images_to_judge_by_are_an_error(validation, test, code, key):
    found = judge([*rows_of("acme", 10), *rows_of("zeta", 10, validation, test)])
    assert codes(found.errors) == [code]
    assert "under 5 images" in found.errors[0].message
    assert "zeta (4)" in found.errors[0].message
    assert key in found.errors[0].remedy


def test_a_brand_that_nothing_can_be_learned_of_is_an_error():
    found = judge([*rows_of("acme", 10), *rows_of("zeta", 0, 10, 10)])
    assert codes(found.errors) == ["too_few_images_to_train_on"]
    assert "data.split.train" in found.errors[0].remedy


def test_a_single_brand_left_is_an_error():
    found = judge(rows_of("acme", 10), labels=("acme", "zeta"))
    assert found.errors[0].code == "too_few_brands"
    assert found.errors[0].message == "Only 1 of 2 brands have usable images: acme (20)."


def test_all_errors_are_found_at_once():
    found = judge([*rows_of("acme", 10, 4, 6), *rows_of("zeta", 3, 5, 4)])
    assert codes(found.errors) == ["too_few_images_in_all", "too_few_images_in_validation", "too_few_images_in_test"]


def test_a_group_in_two_splits_is_a_leak():
    acme = rows_of("acme", 10)
    acme[0], acme[-1] = replace(acme[0], group="shoot"), replace(acme[-1], group="shoot")
    found = judge([*acme, *rows_of("zeta", 10)])
    assert codes(found.errors) == ["leaked_group"]
    assert "acme/0 and acme/19" in found.errors[0].message


def test_a_group_within_one_split_is_none():
    acme = rows_of("acme", 10)
    acme[0], acme[1] = replace(acme[0], group="shoot"), replace(acme[1], group="shoot")
    assert judge([*acme, *rows_of("zeta", 10)]).errors == ()


def test_an_image_in_two_splits_is_a_leak():
    acme = rows_of("acme", 10)
    acme[-1] = replace(acme[-1], id=acme[0].id)
    assert codes(judge([*acme, *rows_of("zeta", 10)]).errors) == ["leaked_image"]


def test_duplicates_and_quarantined_images_leak_nothing():
    acme = rows_of("acme", 10)
    copy = replace(acme[0], path="copy", split="test", status="duplicate")
    assert judge([*acme, *rows_of("zeta", 10), copy]).errors == ()


def test_equal_pixels_in_two_splits_are_a_warning():
    acme = rows_of("acme", 10)
    acme[-1] = replace(acme[-1], stored=acme[0].stored)
    assert codes(judge([*acme, *rows_of("zeta", 10)]).warnings) == ["equal_pixels"]


@pytest.mark.parametrize(("bar", "warned"), [(2.0, []), (1.99, ["imbalance"])])
def test_imbalance_above_the_bar_is_a_warning(bar, warned):
    found = judge([*rows_of("acme", 30), *rows_of("zeta", 10)], max_imbalance=bar)  # 40 images and 20
    assert codes(found.warnings) == warned


@pytest.mark.parametrize(("bar", "warned"), [(0.2, []), (0.19, ["quarantined"])])
def test_a_quarantined_share_above_the_bar_is_a_warning(bar, warned):
    refused = [Row(f"x{n}", "u", "acme", "", "", 1, "1", status="quarantined", reason="empty") for n in range(10)]
    rows = [*rows_of("acme", 10), *rows_of("zeta", 10)]  # 40
    found = judge([*rows, *refused], {"empty": 10}, max_quarantined_share=bar)
    assert codes(found.warnings) == warned
    if warned:
        assert found.warnings[0].message == "10 of 50 files (20%) cannot be used: empty (10)."


def test_a_brand_of_one_source_beside_brands_of_several_is_a_warning():
    mixed = [*rows_of("acme", 10), replace(rows_of("acme", 1)[0], path="p", id="p", group="p", stored="p", source="x")]
    found = judge([*mixed, *rows_of("zeta", 10)])
    assert codes(found.warnings) == ["one_source"]
    assert "zeta (official)" in found.warnings[0].message


def test_sources_that_give_the_brand_away_are_a_warning():
    found = judge([*rows_of("acme", 10, source="a"), *rows_of("zeta", 10, source="b")])
    assert codes(found.warnings) == ["source_tells_brand"]
    assert "tells 100% of its brand" in found.warnings[0].message
    assert "a is acme in 100%, b is zeta in 100%" in found.warnings[0].message


def test_brands_that_all_come_from_the_same_source_give_nothing_away():
    assert judge([*rows_of("acme", 10, source="a"), *rows_of("zeta", 10, source="a")]).warnings == ()
