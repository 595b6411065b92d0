import pytest

from components.check.sides import Sides, shorten


@pytest.fixture(params=[2, 1000])
def sides(request, monkeypatch):
    """Merged after every second name, or at the end."""
    monkeypatch.setattr("components.check.sides.BATCH", request.param)
    return Sides()


def test_names_in_two_splits_are_found_and_others_are_not(sides):
    for name, split in [("a", "train"), ("b", "test"), ("a", "test"), ("c", "train"), ("c", "train"), ("a", "train")]:
        sides.add(name, split)
    assert sides.straddling().tolist() == [shorten("a")]


def test_a_name_in_all_three_splits_counts_once(sides):
    for split in ("train", "validation", "test"):
        sides.add("a", split)
    assert len(sides.straddling()) == 1


def test_the_names_of_some_splits_are_told(sides):
    for name, split in [("a", "train"), ("b", "validation"), ("c", "test")]:
        sides.add(name, split)
    assert sides.within("train", "validation").tolist() == sorted([shorten("a"), shorten("b")])


def test_nothing_straddles_where_nothing_is(sides):
    assert sides.straddling().tolist() == []


def test_a_name_that_was_seen_on_any_side_is_held(sides):
    for name, split in [("a", "train"), ("b", "validation"), ("c", "test")]:
        sides.add(name, split)
    assert [sides.holds(name) for name in "abcd"] == [True, True, True, False]
    assert not Sides().holds("a")
