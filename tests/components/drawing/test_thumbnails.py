import base64
import io

import pytest
from PIL import Image, UnidentifiedImageError

from components.drawing.thumbnails import data_uri, of_raw


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


def raw(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def shown(data):
    with Image.open(io.BytesIO(base64.b64decode(of_raw(data).partition(",")[2]))) as image:
        return image.convert("RGB")


def test_a_raw_picture_keeps_its_shape_and_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    assert shown(raw(Image.new("RGB", (800, 400)), "JPEG", exif=exif)).size == (72, 144)


def test_transparency_is_shown_on_white():
    assert shown(raw(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [b"", b"nothing", raw(Image.new("RGB", (400, 400)), "JPEG")[:300], raw(Image.new("L", (7000, 6000)), "PNG")],
    ids=["empty", "no picture", "truncated", "too large"],
)
def test_what_cannot_be_shown_is_none(data):
    assert of_raw(data) is None
