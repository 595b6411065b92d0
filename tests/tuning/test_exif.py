import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tuning import exif


def jpeg(*segments):
    """The start of a JPEG: SOI, the segments, SOS."""
    return b"".join([b"\xff\xd8", *(segment(kind, body) for kind, body in segments), b"\xff\xda\0\0"])


def segment(kind, body):
    return b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body


def block(order, value, tag=0x0112, kind=3):
    """An EXIF segment's body with one entry."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", tag, kind, 1, value, 0)
    return b"Exif\0\0" + mark + struct.pack(order + "HIH", 42, 8, 1) + entry


def orientation(contents):
    return int(exif.orientation(tf.constant(contents)))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order):
    assert orientation(jpeg((0xE1, block(order, 6)))) == 6


def test_segments_before_it_are_passed_over():
    assert orientation(jpeg((0xE0, b"JFIF"), (0xE1, b"http://ns.adobe.com/xap"), (0xE1, block("<", 8)))) == 8


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a_value_that_is_no_orientation_means_upright(value):
    assert orientation(jpeg((0xE1, block("<", value)))) == 1


def test_other_tags_and_types_are_not_taken_for_it():
    assert orientation(jpeg((0xE1, block("<", 6, tag=0x0113)))) == 1
    assert orientation(jpeg((0xE1, block("<", 6, kind=4)))) == 1


def test_what_follows_the_pixels_start_is_not_read():
    assert orientation(b"\xff\xd8\xff\xda" + jpeg((0xE1, block("<", 6)))[2:]) == 1


def test_files_without_exif_are_upright():
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    assert orientation(file.getvalue()) == 1
    assert orientation(b"\x89PNG\r\n\x1a\n" + b"Exif\0\0") == 1


def test_no_garbage_makes_it_fail():
    generator = np.random.default_rng(0)
    whole = jpeg((0xE0, b"JFIF"), (0xE1, block("<", 6)))
    read = tf.function(exif.orientation, input_signature=[tf.TensorSpec((), tf.string)])
    for length in range(len(whole)):
        assert 1 <= int(read(whole[:length])) <= 8
    for _ in range(200):
        damaged = bytearray(whole)
        for place in generator.integers(2, len(whole), 4):
            damaged[place] = generator.integers(256)
        assert 1 <= int(read(bytes(damaged))) <= 8
