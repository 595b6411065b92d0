import numpy as np
import pytest
from PIL import Image

from components.config.data import NearDuplicates
from components.preprocess.look import look_of

RULES = NearDuplicates(min_contrast=4)


def picture(*columns):
    """Columns of one colour each, side by side, in a square of 64 pixels."""
    pixels = np.repeat(np.array(columns, np.uint8), 64 // len(columns), axis=0)
    return Image.fromarray(np.broadcast_to(pixels, (64, 64, 3)).copy())


def test_colours_are_means_and_contrast_is_the_deviation_of_grey():
    seen = look_of(picture((0, 0, 0), (200, 200, 200)), RULES)
    assert (seen.red, seen.green, seen.blue, seen.contrast) == (100, 100, 100, 100)
    seen = look_of(picture((255, 0, 10), (255, 100, 10)), RULES)
    assert (seen.red, seen.green, seen.blue) == (255, 50, 10)


@pytest.mark.parametrize(("other", "hashed"), [(107, False), (108, True)])
def test_a_picture_is_hashed_from_the_smallest_contrast_on(other, hashed):
    # Half of the pixels at 100, half at 107: they deviate by 3.5.
    assert bool(look_of(picture((100,) * 3, (other,) * 3), RULES).phash) is hashed


def test_a_hash_has_64_digits_and_a_mirrored_picture_another_one():
    image = picture((0, 0, 0), (0, 0, 0), (60, 60, 60), (255, 255, 255))
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    hashes = {look_of(each, RULES).phash for each in (image, mirrored)}
    assert len(hashes) == 2
    assert {len(each) for each in hashes} == {64}
