import pyarrow.parquet as pq
import pytest

from components import manifest
from components.errors import StorageError
from components.manifest import Entry, Row


def test_rows_come_back_in_order_of_path(tmp_path):
    rows = [Row("b/삼성 *?[.jpg", "u", "b", "", "", 2**40, "1"), Row("a", "u", "a", "s", "g", 1, "2", split="test")]
    manifest.write_rows(str(tmp_path / "m.parquet"), rows)
    assert list(manifest.read_rows(str(tmp_path / "m.parquet"))) == [rows[1], rows[0]]


def test_equal_rows_give_equal_bytes_in_any_order(tmp_path):
    rows = [Row(name, "u", "a", "", "", 1, "1") for name in "abc"]
    manifest.write_rows(str(tmp_path / "1.parquet"), rows)
    manifest.write_rows(str(tmp_path / "2.parquet"), rows[::-1])
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_no_rows_keep_their_columns(tmp_path):
    manifest.write_entries(str(tmp_path / "e.parquet"), [])
    assert pq.read_schema(tmp_path / "e.parquet").names == list(Entry.__dataclass_fields__)
    assert list(manifest.read_entries(str(tmp_path / "e.parquet"))) == []


def test_a_manifest_that_is_gone_is_named(tmp_path):
    with pytest.raises(StorageError, match="gone"):
        manifest.read_rows(str(tmp_path / "gone"))


def entry(size=5, version="1", checksum=""):
    return Entry("a", "u", "acme", "", "", size, version, checksum=checksum)


def row(size=5, version="1", checksum="", **others):
    return Row("a", "u", "acme", "", "", size, version, checksum=checksum, **others)


@pytest.mark.parametrize(
    ("listed", "before", "same"),
    [
        (entry(), row(), True),
        (entry(size=6), row(), False),
        (entry(size=6, checksum="m"), row(checksum="m"), False),
        (entry(version="2"), row(), False),  # neither has a checksum: two that are unknown are not equal
        (entry(version="2", checksum="m"), row(checksum="m"), True),
        (entry(version="2", checksum="m"), row(checksum="n"), False),
        (entry(version="2", checksum="ab"), row(id="ab"), True),
        (entry(version="2", checksum="ab"), row(id="ac"), False),
    ],
)
def test_a_file_is_the_same_by_its_size_and_version_or_checksum(listed, before, same):
    assert manifest.same_content(listed, before) is same
