import random
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import StorageError
from components.ingest import ordered
from components.ingest.ordered import in_order, together

NAMES = st.lists(st.text(st.characters(), max_size=4))  # lone surrogates, too: names of files that are not Unicode


@given(NAMES)
def test_names_come_in_the_order_of_sorted(names):
    assert [name for name, _ in in_order((name, 0) for name in names)] == sorted(names)


def test_equal_names_stay_in_the_order_in_which_they_came():
    assert list(in_order([("b", 1), ("a", 2), ("b", 3), ("a", 4)])) == [("a", 2), ("a", 4), ("b", 1), ("b", 3)]


def test_more_than_the_cache_holds_is_in_order_too(monkeypatch):
    monkeypatch.setattr(ordered, "CACHE_KIB", 64)
    names = [f"{number:05d}" for number in range(20_000)]
    mixed = random.Random(0).sample(names, len(names))
    found = list(in_order((name, name * 10) for name in mixed))  # about 2 MB
    assert found == [(name, name * 10) for name in names]


def test_items_of_equal_names_meet():
    found = list(together([("b", 1), ("a", 2), ("b", 3)], [("c", "x"), ("b", "y")]))
    assert found == [("a", [2], []), ("b", [1, 3], ["y"]), ("c", [], ["x"])]


def test_the_second_kind_is_begun_when_the_first_has_ended():
    seen = []

    def watched(kind):
        for name in ("a", "b"):
            seen.append(kind)
            yield name, kind

    list(together(watched(1), watched(2)))
    assert seen == [1, 1, 2, 2]


def test_what_the_source_raises_is_raised():
    def broken():
        yield "a", 1
        raise KeyError("b")

    with pytest.raises(KeyError):
        list(in_order(broken()))


def test_a_full_disk_is_told_with_its_place(monkeypatch):
    class Full:
        def connect(self, *_, **__):
            raise ordered.sqlite3.OperationalError("database or disk is full")

        Error = ordered.sqlite3.Error
        OperationalError = ordered.sqlite3.OperationalError

    monkeypatch.setattr(ordered, "sqlite3", Full())
    with pytest.raises(StorageError, match=rf"sorted in {tempfile.gettempdir()}: .*is full.*TMPDIR"):
        list(in_order([("a", 1)]))
