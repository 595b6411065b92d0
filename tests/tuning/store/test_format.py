import numpy as np
import pytest

from tuning.store import format as parts


@pytest.fixture
def path(tmp_path):
    values = np.arange(12, dtype=np.float16).reshape(3, 2, 2)
    (tmp_path / "a.features").write_bytes(parts.encode(["x", "y", "z"], values, start=4, block_rows=9))
    return tmp_path / "a.features"


def test_a_part_comes_back_as_it_was_written_and_is_mapped(path):
    part = parts.read(path)
    assert (part.ids, part.start, part.block_rows) == (("x", "y", "z"), 4, 9)
    assert part.values.dtype == np.float16
    assert part.values.tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8, 9], [10, 11]]]
    base = part.values
    while not isinstance(base, np.memmap):
        base = base.base
    with pytest.raises(ValueError, match="read-only"):
        part.values[0] = 1


def test_rows_start_where_a_processor_likes_to_read(path):
    assert parts.read(path).values.ctypes.data % 64 == 0


def test_a_file_that_was_cut_short_anywhere_is_damaged(path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(parts.DamagedError):
            parts.read(path)


def test_a_byte_that_changed_anywhere_is_damage(path):
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(parts.DamagedError):
            parts.read(path)


def test_rows_without_a_name_are_refused():
    with pytest.raises(ValueError, match="1 ids name 2 rows"):
        parts.encode(["x"], np.zeros((2, 3)), 0, 2)
