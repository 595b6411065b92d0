import os
from dataclasses import replace

import pytest

from components import digest, parts, storage
from components.config import DataConfig
from components.preprocess import reading
from components.preprocess.candidate import Candidate, home
from components.preprocess.job import Job, unpacked


@pytest.fixture
def job(tmp_path):
    config = DataConfig(stored_side_px=64, min_side_px=8)
    shards = {"train": 1, "validation": 1, "test": 1}
    return Job("", "", str(tmp_path / "job"), "", 16, ("acme", "zeta"), shards, frozenset(), config, "")


@pytest.fixture
def chunk(raw_folder):
    files = sorted(raw_folder.rglob("*.jpg"))
    return [Candidate(str(f), str(f), "acme", "", "", f.stat().st_size, "1") for f in files]


def read(rows, job):
    return dict(reading.read((0, parts.pack(Candidate, rows)), job))


def test_rows_travel_and_images_wait_in_one_file(chunk, job):
    packs = read(chunk, job)
    rows = unpacked(packs.values())
    (staged,) = storage.list_files(job.staging)
    assert sum(row.length for row in rows) == staged.size
    assert sum(map(len, packs.values())) < staged.size / 3
    for row in rows:
        assert digest.of_bytes(storage.read_range(row.staged, row.start, row.length)) == row.stored


def test_rows_go_where_equal_bytes_meet(chunk, job):
    for key, pack in read(chunk, job).items():
        assert {home(row, job.homes) for row in unpacked([pack])} == {key}


def test_reading_a_chunk_again_stages_the_same_file(chunk, job):
    assert read(chunk, job) == read(chunk, job)
    assert len(list(storage.list_files(job.staging))) == 1


def test_what_must_not_be_kept_is_named_but_neither_decoded_nor_staged(chunk, job):
    name = digest.of_bytes(storage.read_bytes(chunk[0].uri))
    (row,) = unpacked(read(chunk[:1], replace(job, takedown=frozenset([name]))).values())
    assert (row.id, row.width, row.staged) == (name, 0, "")
    assert not os.path.exists(job.staging)


def test_what_cannot_be_used_is_quarantined_with_its_id(chunk, job, tmp_path):
    (tmp_path / "page.jpg").write_text("<html>")
    broken = Candidate("page.jpg", str(tmp_path / "page.jpg"), "acme", "", "", 6, "1")
    rows = {row.path: row for row in unpacked(read([*chunk[:1], broken], job).values())}
    assert (rows["page.jpg"].status, rows["page.jpg"].reason) == ("quarantined", "not_an_image")
    assert rows["page.jpg"].id == digest.of_bytes(b"<html>")
    assert rows[chunk[0].path].staged
