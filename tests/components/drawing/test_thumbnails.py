import base64
import io

import pytest
from PIL import Image, UnidentifiedImageError

from components.drawing.thumbnails import data_uri


def stored(mode, size, kind):
    buffer = io.BytesIO()
    Image.new(mode, size, 128).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("RGB", "PNG"), ("L", "PNG")])
def test_a_stored_picture_becomes_a_small_jpeg(mode, kind):
    head, _, data = data_uri(stored(mode, (400, 400), kind)).partition(",")
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert (head, image.size, image.mode) == ("data:image/jpeg;base64", (200, 200), "RGB")


def test_a_picture_that_is_small_already_is_not_blown_up():
    data = data_uri(stored("RGB", (32, 32), "PNG")).partition(",")[2]
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == (32, 32)


def test_bytes_that_are_no_picture_are_an_error():
    with pytest.raises(UnidentifiedImageError):
        data_uri(b"nothing")
