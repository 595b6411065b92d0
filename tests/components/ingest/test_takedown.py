import pytest

from components.errors import InputError
from components.ingest import takedown
from components.ingest.takedown import Takedown, parse
from components.manifest import Entry, Row

A, B = "a" * 64, "b" * 64


def test_a_text_file_has_an_id_or_an_address_on_each_line_and_comments():
    text = f"# asked on 2024-05-31\n{A.upper()}\n\n  gs://b/x, y.jpg\nacme/1.jpg\n"
    assert parse("t.txt", text.encode()) == Takedown(frozenset({A}), frozenset({"gs://b/x, y.jpg", "acme/1.jpg"}))


def test_a_csv_file_is_read_by_its_columns():
    text = f'# ours\nreason,uri,id\nasked,"acme/a,b.jpg",\nasked,,{A}\nasked,acme/2.jpg,{B}\n'
    assert parse("t.csv", text.encode()) == Takedown(frozenset({A, B}), frozenset({"acme/a,b.jpg", "acme/2.jpg"}))


def test_a_csv_file_without_a_header_is_read_by_its_first_column():
    assert parse("t.csv", f"{A},asked\nacme/1.jpg,asked\n".encode()) == Takedown(
        frozenset({A}), frozenset({"acme/1.jpg"})
    )


def test_an_empty_file_takes_nothing_down():
    assert parse("t.csv", b"") == parse("t.txt", b"# nothing\n") == Takedown()


def test_another_encoding_is_refused():
    with pytest.raises(InputError, match="not UTF-8"):
        parse("t.txt", "삼성".encode("cp949"))


def entry(path, version="1", **others):
    return Entry(path, f"/raw/{path}", "acme", "", "", 5, version, **others)


def row(path, name):
    return Row(path, f"/raw/{path}", "acme", "", "", 5, "1", id=name)


def problems(entries, file, rows):
    before = {item.path: item for item in rows}
    found = takedown.apply(entries, file, takedown.ids(file, rows), before)
    return [item.problem for item in found]


def test_images_are_found_by_path_and_by_address():
    file = parse("t.txt", b"acme/1.jpg\n/raw/acme/2.jpg\n")
    entries = [entry("acme/1.jpg"), entry("acme/2.jpg"), entry("acme/3.jpg")]
    assert problems(entries, file, []) == ["taken_down", "taken_down", ""]


def test_images_are_found_by_the_id_that_the_last_snapshot_knows_while_their_bytes_are_the_same():
    file = parse("t.txt", A.encode())
    rows = [row("acme/1.jpg", A), row("acme/2.jpg", A), row("acme/3.jpg", B)]
    entries = [entry("acme/1.jpg"), entry("acme/2.jpg", version="2"), entry("acme/3.jpg")]
    assert problems(entries, file, rows) == ["taken_down", "", ""]


def test_a_touched_file_is_found_by_its_checksum():
    assert problems([entry("acme/1.jpg", version="2", checksum=A)], parse("t.txt", A.encode()), []) == ["taken_down"]


def test_a_copy_of_what_an_address_names_is_taken_down_with_it():
    file, rows = parse("t.txt", b"acme/1.jpg"), [row("acme/1.jpg", A), row("zeta/2.jpg", A)]
    assert problems([entry("zeta/2.jpg")], file, rows) == ["taken_down"]
    assert takedown.ids(file, rows) == {A}


def test_the_id_of_a_taken_down_image_is_remembered_for_the_next_listing():
    file, rows = parse("t.txt", b"acme/1.jpg"), [row("acme/1.jpg", A), row("zeta/2.jpg", A)]
    first, copy = takedown.apply(
        [entry("acme/1.jpg"), entry("zeta/2.jpg")], file, frozenset({A}), {item.path: item for item in rows}
    )
    # What preprocess makes of them, without reading: rows without an id.
    later = [
        Row(item.path, item.uri, "acme", "", "", 5, "1", checksum=item.checksum, reason=item.problem)
        for item in (first, copy)
    ]
    assert takedown.ids(file, later) == {A}
    assert problems([entry("zeta/2.jpg"), entry("zeta/3.jpg", checksum=A)], file, later) == ["taken_down", "taken_down"]
