import pytest

from components.check.leaks import leaked, near_duplicates, partly_judged
from components.check.nearness import Bars


@pytest.fixture
def near(row, looked_up):
    """Two pictures whose hashes differ in two bits, in different splits."""
    return looked_up([row("acme/1", split="test", phash="3" + "0" * 63), row("acme/2", phash="0" * 64)])


@pytest.mark.parametrize(
    ("field", "code", "severity"),
    [("group", "leaked_group", "error"), ("id", "leaked_image", "error"), ("stored", "equal_pixels", "warning")],
)
def test_what_is_equal_in_two_splits_is_found_by_kind(row, looked_up, field, code, severity):
    (found,) = leaked(looked_up([row("acme/1", **{field: "x"}), row("acme/2", **{field: "x"}, split="test")]))
    assert (found.code, found.severity) == (code, severity)
    assert "for example acme/1 and acme/2" in found.message


def test_a_near_duplicate_across_the_split_is_an_error_with_the_pair_and_the_bar(near):
    (found,) = near_duplicates(near, Bars(8, 48), enforced=True)
    assert (found.code, found.severity) == ("leaked_near_duplicate", "error")
    assert found.message == (
        "1 of 1 test and validation images have a near-duplicate in another split, for example acme/1 (test) and "
        "acme/2 (train), whose hashes differ in 2 bits; up to 48 count as the same picture."
    )
    assert found.setting == "data.near_duplicates.max_distance"


def test_it_is_a_warning_if_the_configuration_allows_it(near):
    (found,) = near_duplicates(near, Bars(8, 48), enforced=False)
    assert (found.severity, found.setting) == ("warning", "data.near_duplicates.enabled")


def test_a_comparison_of_some_images_only_is_said(near):
    assert list(partly_judged(near, 1)) == []
    (some,) = partly_judged(near, 3)
    assert "1 of 3 test and validation images were compared" in some.message


def test_a_comparison_of_none_is_said(row, looked_up):
    (none,) = partly_judged(looked_up([row("acme/1", split="test")]), 1)
    assert none.code == "near_duplicates_not_compared"
