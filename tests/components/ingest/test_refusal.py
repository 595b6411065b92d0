from components.ingest import refusal
from components.manifest import Entry, Row
from components.takedown import parse

A, B = "a" * 64, "b" * 64


def entry(path, version="1", **others):
    return Entry(path, f"/raw/{path}", "acme", "", "", 5, version, **others)


def row(path, name):
    return Row(path, f"/raw/{path}", "acme", "", "", 5, "1", id=name)


def problems(entries, file, rows):
    found = refusal.apply(entries, file, refusal.ids(file, rows), rows)
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
    assert refusal.ids(file, rows) == {A}


def test_the_id_of_a_taken_down_image_is_remembered_for_the_next_listing():
    file, rows = parse("t.txt", b"acme/1.jpg"), [row("acme/1.jpg", A), row("zeta/2.jpg", A)]
    first, copy = refusal.apply([entry("acme/1.jpg"), entry("zeta/2.jpg")], file, frozenset({A}), rows)
    # What preprocess makes of them, without reading: rows without an id.
    later = [
        Row(item.path, item.uri, "acme", "", "", 5, "1", checksum=item.checksum, reason=item.problem)
        for item in (first, copy)
    ]
    assert refusal.ids(file, later) == {A}
    assert problems([entry("zeta/2.jpg"), entry("zeta/3.jpg", checksum=A)], file, later) == ["taken_down", "taken_down"]
