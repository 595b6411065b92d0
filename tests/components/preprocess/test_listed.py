from dataclasses import replace

from components import parts
from components.manifest import Entry, Row
from components.preprocess.listed import joined


def entry(path, version="1", **others):
    return replace(Entry(path, f"/raw/{path}", "acme", "", "", 10, version), **others)


def row(path, **others):
    fields = {"id": "ab" * 32, "width": 8, "status": "admitted", "split": "test", "increment": "i1"}
    return Row(path, f"/raw/{path}", "acme", "", "g", 10, "1", **{**fields, **others})


def told(rows):
    return [(row.path, row.id[:2], row.increment, row.gone) for row in rows]


def test_new_known_and_gone_files_are_told_apart():
    found = joined([entry("b"), entry("d")], [row("a"), row("b"), row("c")])
    assert told(found) == [("a", "ab", "i1", 1), ("b", "ab", "i1", 0), ("c", "ab", "i1", 1), ("d", "", "", 0)]


def test_a_file_with_another_content_is_new_and_its_old_record_gone():
    assert told(joined([entry("a", "2")], [row("a")])) == [("a", "", "", 0), ("a", "ab", "i1", 1)]


def test_what_is_gone_and_has_no_record_is_forgotten():
    assert told(joined([], [row("a", increment="")])) == []


def test_a_known_file_that_must_not_be_used_any_more_leaves_its_record_behind():
    assert told(joined([entry("a", problem="taken_down")], [row("a")])) == [("a", "", "", 0), ("a", "ab", "i1", 1)]


def test_the_place_in_the_listing_says_in_which_part_of_the_manifest_a_row_will_lie(monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 2)
    found = joined([entry(name) for name in "abcde"], [row("b")])
    assert [row.part for row in found] == [0, 0, 1, 1, 2]
