import pytest

from components.errors import InputError
from components.takedown import Takedown, parse

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


def test_two_files_name_what_either_names():
    assert parse("a", A.encode()) | parse("b", f"{B}\nx".encode()) == Takedown(frozenset({A, B}), frozenset({"x"}))
