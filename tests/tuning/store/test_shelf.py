import numpy as np
import pytest

from tuning.store.address import Series
from tuning.store.files import MappedFolder
from tuning.store.shelf import Shelf

SERIES = Series("net", 32, "pooled", "float16", "view-0")
IDS = [str(number) for number in range(10)]
ROWS = np.arange(20, dtype=np.float32).reshape(10, 2)


@pytest.fixture
def shelf(tmp_path):
    """Files of at most 3 rows of 2 halves."""
    return Shelf(MappedFolder(tmp_path), print, part_bytes=15)


def write(shelf, batches, rows=ROWS):
    writer = shelf.writer(SERIES, "a/train-00000", IDS)
    for start in range(0, 10, batches):
        writer.add(rows[start : start + batches])
    writer.close()
    return writer.bytes


@pytest.mark.parametrize("batch", [1, 4, 10])
def test_a_block_is_written_in_parts_of_a_bounded_size_whatever_comes_at_a_time(shelf, tmp_path, batch):
    written = write(shelf, batch)
    found = shelf.find(SERIES, "a/train-00000")
    assert [part.ids for part in found.parts] == [("0", "1", "2"), ("3", "4", "5"), ("6", "7", "8"), ("9",)]
    assert [part.start for part in found.parts] == [0, 3, 6, 9]
    np.testing.assert_array_equal(np.concatenate([part.values for part in found.parts]), ROWS.astype(np.float16))
    files = list(tmp_path.rglob("*.features"))
    assert (len(files), sum(file.stat().st_size for file in files)) == (4, written)


@pytest.mark.parametrize("part", range(4))
def test_a_block_that_lacks_a_part_is_not_there(shelf, tmp_path, part):
    write(shelf, 4)
    next(tmp_path.rglob(f"*-{part:05d}.features")).unlink()
    assert shelf.find(SERIES, "a/train-00000") is None


def test_values_beyond_half_precision_keep_their_part_in_single(shelf):
    rows = ROWS.copy()
    rows[4, 1] = 70_000
    write(shelf, 10, rows)
    parts = shelf.find(SERIES, "a/train-00000").parts
    assert [part.values.dtype.name for part in parts] == ["float16", "float32", "float16", "float16"]
    assert parts[1].values[1].tolist() == [8, 70_000]


def test_a_writing_that_fails_is_not_passed_over(tmp_path):
    class Full(MappedFolder):
        def write(self, name, content):
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        write(Shelf(Full(tmp_path), print, part_bytes=15), 4)
