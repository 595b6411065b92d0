import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from tuning import exif, pixels


@pytest.fixture(scope="module")
def photograph():
    """A smooth colour image (48, 64, 3) with an edge, in float: what a camera sees, not noise."""
    y, x = np.mgrid[0:48, 0:64] / 64
    image = np.stack([x, y, np.sin(6 * x) / 2 + 0.5], -1) * 200 + 20
    image[10:30, 20:40, 0] = 240
    return Image.fromarray(image.astype("uint8"))


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_alpha(image, mode="RGBA"):
    image = image.convert(mode)
    image.putalpha(Image.fromarray(np.tile(np.arange(64, dtype="uint8") * 4, (48, 1))))
    return image


def by_pillow(contents, side_px):
    """What preprocessing stores: upright, on white, RGB, stretched with LANCZOS."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(contents)))
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype("uint8"))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(rgba, mask=rgba.getchannel("A"))
    return np.asarray(image.convert("RGB").resize((side_px, side_px), Image.Resampling.LANCZOS)).astype(int)


def exif_of(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


FILES = {
    "jpeg": lambda i: encoded(i, "JPEG", quality=90),
    "jpeg turned": lambda i: encoded(i, "JPEG", quality=90, exif=exif_of(6)),
    "grey jpeg": lambda i: encoded(i.convert("L"), "JPEG"),
    "png": lambda i: encoded(i, "PNG"),
    "transparent png": lambda i: encoded(with_alpha(i), "PNG"),
    "grey transparent png": lambda i: encoded(with_alpha(i, "LA"), "PNG"),
    "palette png": lambda i: encoded(i.quantize(32), "PNG"),
    "palette png with a transparent colour": lambda i: encoded(i.quantize(32), "PNG", transparency=3),
    "16-bit grey png": lambda i: encoded(Image.fromarray(np.asarray(i.convert("L")).astype("uint16") * 257), "PNG"),
    "bilevel png": lambda i: encoded(i.convert("1"), "PNG"),
    "webp": lambda i: encoded(i, "WEBP", lossless=True),
    "transparent webp": lambda i: encoded(with_alpha(i), "WEBP", lossless=True, exact=True),
    "gif": lambda i: encoded(i, "GIF"),
    "animated gif": lambda i: encoded(i, "GIF", save_all=True, append_images=[ImageOps.invert(i)]),
    "animated webp": lambda i: encoded(i, "WEBP", lossless=True, save_all=True, append_images=[ImageOps.invert(i)]),
    "bmp": lambda i: encoded(i, "BMP"),
}


SMOOTH = ("png", "16-bit grey png", "webp", "animated webp", "bmp")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("side_px", [32, 80])
def test_bytes_become_the_pixels_that_preprocessing_stores(photograph, kind, side_px):
    contents = FILES[kind](photograph)
    ours = pixels.decode_raw(tf.constant(contents), side_px)
    assert ours.dtype == tf.uint8
    difference = np.abs(ours.numpy().astype(int) - by_pillow(contents, side_px))
    # Pillow rounds and clips between rows and columns, which shows at hard edges: dithering, transparent pixels.
    assert difference.mean() < (4 if kind == "bilevel png" else 0.8)
    assert difference.max() <= (3 if kind in SMOOTH else 64)


@pytest.mark.parametrize("contents", [b"", b"garbage", b"\x89PNG\r\n\x1a\n", b"RIFF", b"\xff\xd8\xff\xe1"])
def test_bytes_that_are_no_image_are_refused(contents):
    with pytest.raises(tf.errors.InvalidArgumentError):
        pixels.decode_raw(tf.constant(contents), 32)


def test_equal_sides_leave_every_pixel_as_it_is():
    image = tf.constant(np.arange(48).reshape(4, 4, 3).astype("uint8"))
    assert pixels.resize(image, 4) is image


def test_halving_the_side_blends_neighbours_with_the_triangle_filter():
    # One dark column beside three bright ones: the filter, two pixels wide on each side of 1 (between columns 0 and
    # 1), weighs columns 0 to 2 by 3/4, 3/4 and 1/4 and is cut off at the border.
    row = np.array([0, 255, 255, 255], "uint8")
    image = tf.constant(np.broadcast_to(row[None, :, None], (4, 4, 3)))
    resized = pixels.resize(image, 2).numpy()
    assert resized.dtype == np.uint8
    assert resized[0, :, 0].tolist() == [round(255 * (1 / 0.75 * (0.75 + 0.25) - 0.0) / (1 / 0.75 * 1.75)), 255]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_turns_it(photograph, orientation):
    contents = encoded(photograph, "JPEG", exif=exif_of(orientation))
    found = exif.orientation(tf.constant(contents))
    assert int(found) == orientation
    upright = exif.upright(tf.constant(np.asarray(photograph)), found)
    lying = photograph.copy()
    lying.getexif()[0x0112] = orientation
    np.testing.assert_array_equal(upright, np.asarray(ImageOps.exif_transpose(lying)))
