"""EXIF orientation in TensorFlow operations, so that a served model turns photographs as preprocessing does.

Source: Exif 2.32, section 4.6; orientations as in Pillow's ImageOps.exif_transpose.
"""

from __future__ import annotations

import tensorflow as tf

_WINDOW = 1 << 18  # bytes; EXIF stands in one of the first segments, each at most 64 KiB
_MAX_ENTRIES = 512
_ORIENTATION, _SHORT = 0x0112, 3


def orientation(contents: tf.Tensor) -> tf.Tensor:
    """The orientation that a JPEG's EXIF block names, 1 to 8; 1 if it has none. Never fails, whatever the bytes.

    contents: string scalar, a file's bytes. Returns an int32 scalar.
    """
    data = tf.cast(tf.io.decode_raw(tf.strings.substr(contents, 0, _WINDOW), tf.uint8), tf.int64)
    data = tf.concat([data, tf.zeros(16, tf.int64)], 0)  # so that a read past the end finds zeros
    block = _find_block(data)
    return tf.cond(block > 0, lambda: _read_orientation(data, block), lambda: tf.constant(1))


def upright(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turn and mirror an image (height, width, channels) so that it stands as its orientation says."""

    def transposed() -> tf.Tensor:
        return tf.transpose(image, (1, 0, 2))

    # tf.reverse, not slices: the graph optimiser of TensorFlow 2.21 stumbles over negative strides.
    turns = [
        lambda: image,
        lambda: tf.reverse(image, [1]),
        lambda: tf.reverse(image, [0, 1]),
        lambda: tf.reverse(image, [0]),
        transposed,
        lambda: tf.reverse(transposed(), [1]),
        lambda: tf.reverse(transposed(), [0, 1]),
        lambda: tf.reverse(transposed(), [0]),
    ]
    return tf.switch_case(orientation - 1, turns)


def _find_block(data: tf.Tensor) -> tf.Tensor:
    """Where the TIFF header of the first EXIF segment begins; 0 if there is none."""
    exif = tf.constant(list(b"Exif\0\0"), tf.int64)

    def goes_on(at: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        marker = _bytes(data, at, 2)
        is_segment = (marker[0] == 0xFF) & (marker[1] != 0xDA)  # 0xDA: pixels begin
        return is_segment & (found == 0) & (at + 4 < tf.size(data, tf.int64))

    def step(at: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        head = _bytes(data, at, 10)
        here = (head[1] == 0xE1) & tf.reduce_all(head[4:10] == exif)
        # A length below 2 is garbage: without the floor the loop would stand still.
        length = tf.maximum(head[2] * 256 + head[3], 2)
        return at + 2 + length, tf.where(here, at + 10, found)

    start = tf.where(tf.reduce_all(_bytes(data, 0, 2) == [0xFF, 0xD8]), 2, tf.size(data))
    _, found = tf.while_loop(goes_on, step, (tf.cast(start, tf.int64), tf.constant(0, tf.int64)))
    return found


def _read_orientation(data: tf.Tensor, block: tf.Tensor) -> tf.Tensor:
    order = _bytes(data, block, 2)
    little = tf.reduce_all(order == [0x49, 0x49])
    known = little | tf.reduce_all(order == [0x4D, 0x4D])

    def number(at: tf.Tensor, size: int) -> tf.Tensor:
        digits = _bytes(data, at, size)
        powers = tf.constant([256**power for power in range(size)], tf.int64)
        return tf.reduce_sum(digits * tf.where(little, powers, tf.reverse(powers, [0])), axis=-1)

    directory = block + number(block + 4, 4)
    entries = tf.minimum(number(directory, 2), _MAX_ENTRIES)
    places = directory + 2 + 12 * tf.range(entries)
    matches = (number(places, 2) == _ORIENTATION) & (number(places + 2, 2) == _SHORT)
    values = tf.where(matches, number(places + 8, 2), 0)
    value = tf.cast(tf.reduce_max(tf.concat([values, [0]], 0)), tf.int32)
    return tf.where(known & (value >= 1) & (value <= 8), value, 1)


def _bytes(data: tf.Tensor, at: tf.Tensor, size: int) -> tf.Tensor:
    """Bytes at each place, (..., size); zeros past the end."""
    places = tf.cast(at, tf.int64)[..., tf.newaxis] + tf.range(size, dtype=tf.int64)
    return tf.gather(data, tf.minimum(places, tf.size(data, tf.int64) - 1))
