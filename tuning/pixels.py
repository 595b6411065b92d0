"""Raw image bytes to pixels in TensorFlow operations: what preprocessing does with Pillow, for the served model.

Images are stretched to the square, not cropped: a brand's signature may sit at the border. Formats: JPEG, PNG, GIF
(first frame), WebP (first frame) and BMP; TensorFlow reads no AVIF.
"""

from __future__ import annotations

import tensorflow as tf

from tuning import exif


def decode_raw(contents: tf.Tensor, stored_side_px: int) -> tf.Tensor:
    """One file's bytes (a string scalar) as the stored image: uint8 (stored_side_px, stored_side_px, 3).

    EXIF orientation of JPEG is applied, grey becomes colour, transparency becomes white, 16 bits become 8.
    Raises tf.errors.InvalidArgumentError if the bytes are no image of a known format.
    """
    image = exif.upright(decode(contents), exif.orientation(contents))
    resized = tf.image.resize(image, (stored_side_px, stored_side_px), method="lanczos3", antialias=True)
    return tf.ensure_shape(_to_uint8(resized), (stored_side_px, stored_side_px, 3))


def resize(images: tf.Tensor, side_px: int) -> tf.Tensor:
    """Stored images uint8 (..., stored, stored, 3) at the model's side: uint8 (..., side_px, side_px, 3).

    The reader of records and the served model both call this, so that they cannot differ. Equal sides change nothing.
    """
    if images.shape[-3] == side_px and images.shape[-2] == side_px:
        return images
    return _to_uint8(tf.image.resize(images, (side_px, side_px), method="bilinear", antialias=True))


def decode(contents: tf.Tensor) -> tf.Tensor:
    """One file's bytes as uint8 (height, width, 3), as they lie in the file."""

    def starts_with(magic: bytes) -> tf.Tensor:
        return tf.strings.substr(contents, 0, len(magic)) == magic

    image = tf.case(
        [
            (starts_with(b"\x89PNG"), lambda: _decode_png(contents)),
            (starts_with(b"RIFF"), lambda: _on_white(_first_frame(_safe_webp(contents), channels=0))),
            (starts_with(b"GIF8"), lambda: _first_frame(contents, channels=3)),
            (starts_with(b"BM"), lambda: tf.io.decode_image(contents, channels=3, expand_animations=False)),
        ],
        # The exact transform, as Pillow's decoder uses it; TensorFlow's default is a faster, coarser one.
        default=lambda: tf.io.decode_jpeg(contents, channels=3, dct_method="INTEGER_ACCURATE"),
    )
    return tf.ensure_shape(image, (None, None, 3))


def _decode_png(contents: tf.Tensor) -> tf.Tensor:
    # Bytes 24 and 25: bits a sample, and the colour type, 0 for grey without opacity. For fewer than 8 bits TensorFlow
    # invents an opacity of 1.
    header = _header(contents, 24, 2)
    coarse_grey = tf.reduce_any(header == [b"\1\0", b"\2\0", b"\4\0"])
    return tf.cond(
        coarse_grey,
        lambda: tf.io.decode_png(contents, channels=3),
        lambda: _on_white(tf.io.decode_png(contents, channels=4)),
    )


def _header(contents: tf.Tensor, start: int, length: int) -> tf.Tensor:
    """Bytes near a file's start; zeros past its end, where substr alone would fail."""
    return tf.strings.substr(tf.strings.join([contents, b"\0" * 64]), start, length)


def _safe_webp(contents: tf.Tensor) -> tf.Tensor:
    # TensorFlow 2.21 dies on an animated WebP whose header says that it has no opacity: the header is made to say so.
    extended = _header(contents, 12, 4) == b"VP8X"
    flags = tf.cast(tf.io.decode_raw(_header(contents, 20, 1), tf.uint8)[0], tf.int32)
    patched = tf.gather(tf.constant([bytes([flag | 0x10]) for flag in range(256)]), flags)
    is_animated = extended & (flags & 0x02 > 0) & (tf.strings.length(contents) > 21)

    def with_opacity() -> tf.Tensor:
        rest = tf.strings.substr(contents, 21, tf.strings.length(contents) - 21)
        return tf.strings.join([tf.strings.substr(contents, 0, 20), patched, rest])

    return tf.cond(is_animated, with_opacity, lambda: contents)


def _first_frame(contents: tf.Tensor, channels: int) -> tf.Tensor:
    return tf.io.decode_image(contents, channels=channels, expand_animations=True)[0]


def _on_white(image: tf.Tensor) -> tf.Tensor:
    """Grey or colour (height, width, 1 or 3), or either with opacity (2 or 4 channels), as colour on white."""
    values = tf.cast(image, tf.float32)
    channels = tf.shape(values)[-1]
    seen = tf.cond(channels > 2, lambda: values[..., :3], lambda: tf.image.grayscale_to_rgb(values[..., :1]))
    opacity = tf.cond(channels % 2 == 0, lambda: values[..., -1:] / 255, lambda: tf.ones_like(values[..., :1]))
    return _to_uint8(seen * opacity + 255 * (1 - opacity))


def _to_uint8(image: tf.Tensor) -> tf.Tensor:
    # Lanczos overshoots at edges: without the clip 256 would become 0.
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
