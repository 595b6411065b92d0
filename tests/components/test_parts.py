import os
from dataclasses import replace

import pytest

from components import parts
from components.errors import StorageError
from components.manifest import Row


def rows(count):
    return [Row(f"{number:06d}", "u", "a", "", "g", number, "1") for number in range(count)]


def test_a_folder_has_parts_of_a_fixed_number_of_rows_and_reads_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 4)
    parts.write(str(tmp_path / "m"), Row, iter(rows(9)))
    assert sorted(os.listdir(tmp_path / "m")) == [f"part-00000{number}.parquet" for number in range(3)]
    assert list(parts.read(str(tmp_path / "m"), Row)) == rows(9)


def test_no_rows_are_a_part_without_rows(tmp_path):
    parts.write(str(tmp_path / "m"), Row, [])
    assert os.listdir(tmp_path / "m") == ["part-000000.parquet"]
    assert list(parts.read(str(tmp_path / "m"), Row)) == []


def test_a_folder_that_was_removed_is_not_taken_for_one_without_rows(tmp_path):
    with pytest.raises(StorageError, match="were removed"):
        parts.read(str(tmp_path / "gone"), Row)


def test_some_columns_are_read_without_the_others(tmp_path):
    parts.write(str(tmp_path / "m.parquet"), Row, rows(3))
    (table,) = parts.read_tables(str(tmp_path / "m.parquet"), ["size", "path"])
    assert table.to_pydict() == {"size": [0, 1, 2], "path": ["000000", "000001", "000002"]}


def test_columns_that_an_older_version_did_not_write_have_their_defaults(tmp_path):
    import pyarrow.parquet as pq

    pq.write_table(parts.table(Row, rows(1)).drop_columns(["phash", "contrast"]), tmp_path / "old.parquet")
    assert list(parts.read(str(tmp_path / "old.parquet"), Row)) == rows(1)


def test_what_was_packed_comes_out_again():
    assert parts.unpack(Row, parts.pack(Row, rows(5))) == rows(5)
    assert parts.unpack(Row, parts.pack(Row, [])) == []
    table = parts.table(Row, rows(5))
    assert parts.pack_table(table) == parts.pack(Row, rows(5))
    assert parts.unpack_table(Row, parts.pack_table(table)).equals(table)
    assert parts.unpack_table(Row, parts.pack(Row, [])).num_rows == 0


def test_a_single_row_travels_as_few_bytes():
    assert len(parts.pack(Row, [replace(row, id="ab" * 32, path="삼성/x.jpg") for row in rows(1)])) < 300
