import base64
import io
import os

import pytest
from PIL import Image

from components.check.pictures import MAX_BYTES, UNOPENED, gather
from components.manifest import Reason


@pytest.fixture
def pictured(row, save_crop, tmp_path):
    """(number, other fields) -> a row whose raw file is a photograph."""

    def make(number, **others):
        path = save_crop(str(tmp_path / f"acme/{number}.jpg"), 0, number)
        return row(f"acme/{number}.jpg", uri=path, size=os.path.getsize(path), **others)

    return make


def gathered(counted, looked_up, rows):
    return gather(counted(rows, ["acme"]), looked_up(rows))


def test_samples_of_all_kinds_are_drawn_from_the_raw_files(pictured, counted, looked_up):
    rows = [
        pictured(1), pictured(2, status="quarantined", reason="too_small"),
        pictured(3, status="near_duplicate", duplicate_of="acme/4.jpg"), pictured(4, label="zeta"),
    ]  # fmt: skip
    pictures = gathered(counted, looked_up, rows)
    assert list(pictures) == ["acme/1.jpg", "acme/2.jpg", "acme/3.jpg", "acme/4.jpg"]
    with Image.open(io.BytesIO(base64.b64decode(pictures["acme/1.jpg"].split(",")[1]))) as image:
        assert (image.format, image.size) == ("JPEG", (96, 96))


def test_what_cannot_be_shown_is_left_out(pictured, row, counted, looked_up, tmp_path):
    gone, huge, broken = pictured(1), pictured(2), pictured(3)
    os.remove(gone.uri)
    huge = row(huge.path, uri=huge.uri, size=MAX_BYTES + 1)
    (tmp_path / "acme/3.jpg").write_bytes(b"no picture")
    assert gathered(counted, looked_up, [gone, huge, broken]) == {}


@pytest.mark.parametrize("reason", sorted(UNOPENED))
def test_files_that_were_never_opened_are_not_opened_now(pictured, counted, looked_up, reason):
    assert gathered(counted, looked_up, [pictured(1, status="quarantined", reason=reason)]) == {}


def test_links_out_of_the_raw_folder_and_pictures_that_were_taken_down_are_among_them():
    assert {Reason.LINK.value, Reason.OUTSIDE.value, Reason.TAKEN_DOWN.value} <= UNOPENED
