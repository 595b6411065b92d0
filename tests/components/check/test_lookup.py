from components.check import lookup
from components.check.lookup import Leak


def test_a_group_in_two_splits_is_named_with_a_path_in_each(row, looked_up):
    found = looked_up([
        row("acme/1", group="shoot"), row("acme/2", group="shoot"), row("acme/3", group="shoot", split="test"),
        row("acme/4", group="other"),
    ])  # fmt: skip
    assert found.leaks == {"group": Leak(1, ("acme/1", "acme/3"))}


def test_more_leaks_than_are_looked_up_are_counted_all_the_same(row, looked_up, monkeypatch):
    monkeypatch.setattr(lookup, "LOOKED_AT", 2)
    rows = [row(f"acme/{split}{n}", id=str(n), split=split) for n in range(5) for split in ("train", "test")]
    assert looked_up(rows).leaks["id"].count == 5


def test_names_that_only_share_a_hash_are_no_leak(row, looked_up, monkeypatch):
    for module in ("sides", "lookup"):
        monkeypatch.setattr(f"components.check.{module}.shorten", lambda name: 4)
    assert looked_up([row("acme/1"), row("acme/2", split="test")]).leaks == {}


def test_the_originals_of_copies_are_found_whatever_became_of_them(row, looked_up):
    original = row("acme/1", status="quarantined", reason="picture_conflict")
    copy = row("acme/2", status="near_duplicate", duplicate_of="acme/1")
    gone = row("acme/3", status="near_duplicate", duplicate_of="acme/gone")
    assert looked_up([copy, original, gone]).originals == {"acme/1": original}


def test_only_admitted_pictures_are_compared(row, looked_up):
    judged = row("acme/1", split="test", phash="0" * 64)
    assert looked_up([judged, row("acme/2", phash="0" * 64, status="near_duplicate")]).near == ()
    (pair,) = looked_up([judged, row("acme/3", phash="0" * 64)]).near
    assert (pair.judged.path, pair.other.path) == ("acme/1", "acme/3")
