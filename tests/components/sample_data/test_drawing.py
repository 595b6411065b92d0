import io

import numpy as np
import pytest
from PIL import Image

from components.errors import UnavailableError
from components.sample_data.drawing import background, cropped, draw

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">{}</svg>'
FILLING = SVG.format('<rect width="36" height="36" fill="#d00"/>')  # as Twitter draws
WITH_MARGIN = SVG.format('<rect x="9" y="9" width="18" height="18" fill="#d00"/>')  # as OpenMoji draws
HIGH = SVG.format('<rect x="12" y="0" width="9" height="36" fill="#d00"/>')


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)), dtype=int)


def test_the_margin_of_a_brand_leaves_no_trace():
    assert draw(FILLING, "1f600", 64) == draw(WITH_MARGIN, "1f600", 64)


def test_the_longer_side_is_as_long_as_asked_and_the_shape_is_kept():
    assert cropped(HIGH, "1f600", 40, 64).size == (10, 40)


def test_equal_arguments_give_equal_bytes():
    assert draw(HIGH, "1f602", 64) == draw(HIGH, "1f602", 64)


def test_both_brands_stand_on_the_background_of_the_subject():
    behind = np.asarray(background("1f601", 160), dtype=int)
    for svg in (FILLING, HIGH):
        corner = pixels(draw(svg, "1f601", 160))[:4, :4]
        assert np.abs(corner - behind[:4, :4]).max() <= 8  # JPEG


def test_subjects_have_backgrounds_of_their_own():
    corners = {background(f"subject {number}", 32).getpixel((0, 0)) for number in range(20)}
    assert len(corners) == 20


def test_an_edge_is_not_darkened_by_the_colour_of_transparent_pixels():
    rgba = np.asarray(cropped(SVG.format('<circle cx="18" cy="18" r="18" fill="#fff"/>'), "1f600", 30, 64))
    assert rgba[rgba[..., 3] > 8][:, :3].min() > 240


def test_a_drawing_that_paints_nothing_is_refused():
    with pytest.raises(UnavailableError, match="1f600 is empty"):
        draw(SVG.format(""), "1f600", 64)
