import pytest

from components.check.refusals import quarantined, repeated
from components.config import CheckConfig

REFUSED = {"status": "quarantined", "split": "", "reason": "damaged"}


@pytest.mark.parametrize(("bar", "warned"), [(0.2, []), (0.19, ["quarantined"])])
def test_a_share_of_all_files_above_the_bar_is_a_warning(rows, counted, bar, warned):
    census = counted([*rows("acme", 40), *rows("acme", 10, **REFUSED)])
    found = list(quarantined(census, CheckConfig(max_quarantined_share=bar)))
    assert [item.code for item in found] == warned
    if warned:
        assert found[0].message == "10 of 50 files (20%) cannot be used: damaged (10)."


def test_what_was_taken_down_is_nobodys_fault(rows, counted):
    census = counted([*rows("acme", 10), *rows("acme", 30, **{**REFUSED, "reason": "taken_down"})])
    assert list(quarantined(census, CheckConfig(max_quarantined_share=0))) == []


@pytest.mark.parametrize(("bad", "warned"), [(6, False), (7, True)])
def test_a_share_of_a_sources_files_above_the_bar_is_a_warning(rows, counted, bad, warned):
    others = [*rows("acme", 80, source="a"), *rows("acme", 20 - bad, source="b")]
    census = counted([*others, *rows("acme", bad, source="b", **REFUSED)])
    found = list(quarantined(census, CheckConfig()))
    assert bool(found) == warned  # 6 and 7 of 20 against 30 %
    if warned:
        assert found[0].message == ("Many files of 1 of 2 sources cannot be used: b 35% of 20 (most often damaged).")
        assert found[0].setting == "check.max_quarantined_share_per_source"


def test_a_small_source_is_not_judged(rows, counted):
    census = counted([*rows("acme", 100, source="a"), *rows("acme", 19, source="b", **REFUSED)])
    assert list(quarantined(census, CheckConfig())) == []


@pytest.mark.parametrize(("near", "warned"), [(5, False), (6, True)])
def test_a_brand_that_mostly_repeats_itself_is_a_warning(rows, counted, near, warned):
    copies = [*rows("acme", near, status="near_duplicate"), *rows("acme", 5, status="duplicate")]
    census = counted([*rows("acme", 10), *copies, *rows("zeta", 30), *rows("acme", 90, **REFUSED)])
    found = list(repeated(census, CheckConfig(max_repeated_share=0.5)))
    assert bool(found) == warned  # 10 of 20 repeat others, or 11 of 21
    if warned:
        assert found[0].message == (
            "1 of 2 brands mostly repeat themselves: acme 52% of 21 (6 near-duplicates, 5 equal files)."
        )
