from collections import Counter
from dataclasses import replace

import pytest

from components.config import DataConfig, SplitFractions
from components.manifest import Entry
from components.preprocess.candidate import Candidate
from components.preprocess.links import Finding
from components.preprocess.resolve import judge, known, rank, resolve, settle, split_of

CONFIG = DataConfig()


def row(path, label="acme", **others):
    return replace(Candidate(path, f"/raw/{path}", label, "", "g", 10, "1", id="ab" * 32, width=8, height=8), **others)


def entry(path, **others):
    return replace(Entry(path, f"/raw/{path}", "acme", "", "", 10, "1"), **others)


def test_of_equal_files_the_first_by_path_is_kept():
    kept, other = resolve([row("b"), row("a")], None, CONFIG)
    assert (kept.path, kept.status, kept.split) == ("a", "", split_of("g", CONFIG))
    assert (other.path, other.status, other.detail) == ("b", "duplicate", "equals a")


def test_a_published_file_stays_the_kept_one_and_its_split_stays():
    published = row("b", split="validation", increment="i1", status="admitted", width=5, height=7, stored="s")
    kept, other = resolve([row("a"), row("b", increment="i1")], published, CONFIG)
    assert (kept.path, kept.status, kept.split, kept.increment) == ("b", "admitted", "validation", "i1")
    assert (kept.width, kept.height, kept.stored) == (5, 7, "s")
    assert (other.path, other.status, other.increment) == ("a", "duplicate", "")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_renamed_file_keeps_its_record_and_its_split(split):
    (kept,) = resolve([row("new")], row("old", split=split, increment="i1", status="admitted"), CONFIG)
    assert (kept.path, kept.status, kept.split, kept.increment) == ("new", "admitted", split, "i1")


def test_a_relabelled_file_keeps_its_record_under_the_new_label():
    (kept,) = resolve([row("zeta/1", "zeta")], row("acme/1", split="test", increment="i1"), CONFIG)
    assert (kept.label, kept.status, kept.split) == ("zeta", "admitted", "test")


def test_one_picture_under_two_brands_is_quarantined_under_both():
    found = resolve([row("a/1", "acme"), row("z/1", "zeta"), row("z/2", "zeta")], None, CONFIG)
    assert [item.status for item in found] == ["quarantined"] * 3
    assert {item.reason for item in found} == {"label_conflict"}
    assert found[0].detail == "the same bytes lie under acme and zeta"


def test_a_published_picture_that_turns_up_under_another_brand_is_withdrawn_but_its_record_remembered():
    published = row("a/1", split="test", increment="i1", status="admitted")
    found = resolve([row("z/1", "zeta"), row("a/1", increment="i1")], published, CONFIG)
    assert [(item.path, item.status, item.increment) for item in found] == [
        ("a/1", "quarantined", "i1"),
        ("z/1", "quarantined", ""),
    ]


def test_duplicates_of_a_failed_image_fail_for_its_reason():
    failed = row("a", status="quarantined", reason="damaged", detail="d")
    found = settle([row("a"), row("b", status="duplicate")], failed)
    assert [(item.status, item.reason, item.detail) for item in found] == [("quarantined", "damaged", "d")] * 2


def test_a_new_copy_of_a_known_failure_is_not_decoded_again():
    found = resolve([row("b", status="quarantined", reason="damaged"), row("a")], None, CONFIG)
    assert [(item.path, item.reason) for item in found] == [("a", "damaged"), ("b", "damaged")]


def test_an_unchanged_file_keeps_its_id_and_takes_the_listings_label():
    found = known(entry("a", label="zeta", source="s"), row("a", increment="i1", group="ab" * 32))
    assert (found.id, found.increment, found.label, found.source) == ("ab" * 32, "i1", "zeta", "s")
    assert found.group == "ab" * 32  # no group named: the picture itself


@pytest.mark.parametrize("change", [{"size": 11}, {"version": "2"}])
def test_a_changed_file_is_read_again(change):
    assert known(entry("a", **change), row("a", increment="i1")).id == ""


def test_what_the_listing_refused_is_quarantined():
    found = known(entry("a", problem="link_not_followed", detail="leads to /x"), None)
    assert (found.status, found.reason, found.detail) == ("quarantined", "link_not_followed", "leads to /x")


def test_a_conflict_that_was_resolved_by_a_person_is_decided_anew():
    before = row("a", status="quarantined", reason="label_conflict")
    assert known(entry("a"), before).status == ""


@pytest.mark.parametrize("reason", ["picture_conflict", "changed_while_read", "taken_down"])
def test_what_others_decide_is_decided_anew(reason):
    assert known(entry("a"), row("a", status="quarantined", reason=reason)).status == ""


def test_what_was_taken_down_before_it_was_decoded_is_read_when_it_may_be_used_again():
    before = row("a", status="quarantined", reason="taken_down", width=0)
    assert known(entry("a"), before).id == ""


def test_a_known_failure_stays_one():
    before = row("a", status="quarantined", reason="damaged", detail="d")
    assert known(entry("a"), before).reason == "damaged"


def test_an_id_in_the_takedown_file_is_used_nowhere_and_its_record_forgotten():
    found = resolve([row("a", increment="i1", split="test"), row("b")], row("a", increment="i1"), CONFIG, {"ab" * 32})
    assert [(item.status, item.reason, item.increment, item.split) for item in found] == [
        ("quarantined", "taken_down", "", "")
    ] * 2


def test_the_kept_one_takes_the_image_that_an_equal_file_was_read_for():
    kept, _ = resolve([row("b", staged="f", start=7, length=5), row("a")], None, CONFIG)
    assert (kept.path, kept.staged, kept.start, kept.length) == ("a", "f", 7, 5)


def test_published_ranks_before_new_then_test_before_validation_before_training():
    order = [
        row("p", split=split, increment=increment)
        for increment in ("i1", "")
        for split in ("test", "validation", "train")
    ]
    assert [rank(item) for item in order] == [0, 1, 2, 3, 4, 5]


def test_a_picture_that_a_better_one_shows_is_dropped_with_its_equals():
    found = judge([row("b", split="train"), row("c", status="duplicate")], Finding("b", 0, "a", 3, 5), ["acme"])
    assert [(item.status, item.duplicate_of, item.split, item.reason) for item in found] == [
        ("near_duplicate", "a", "", "")
    ] * 2
    assert found[0].detail == "looks like a: 5 of 256 bits differ"


def test_a_picture_under_two_brands_is_for_neither_whichever_is_better():
    (found,) = judge([row("b", split="train")], Finding("b", 0, "a", 3, 5, "z/1", 4, 7, 1), ["acme", "zeta"])
    assert (found.status, found.reason) == ("quarantined", "picture_conflict")
    assert found.detail == "looks like z/1 under zeta: 7 of 256 bits differ"


def test_a_published_picture_that_is_withdrawn_remembers_its_record_and_its_side():
    (found,) = judge([row("b", split="test", increment="i1")], Finding("b", 0, "a", 0, 5), ["acme"])
    assert (found.status, found.split, found.increment) == ("near_duplicate", "test", "i1")


def test_splits_follow_the_fractions():
    config = DataConfig(split=SplitFractions(train=0.5, validation=0.2, test=0.3))
    counts = Counter(split_of(f"group {number}", config) for number in range(4000))
    # Standard deviations are 32, 25 and 29 groups.
    assert abs(counts["train"] - 2000) < 100
    assert abs(counts["validation"] - 800) < 80
    assert abs(counts["test"] - 1200) < 90


def test_another_salt_divides_otherwise():
    other = DataConfig(split_salt="other")
    assert any(split_of(str(number), CONFIG) != split_of(str(number), other) for number in range(20))
