import numpy as np
import pytest

from tuning.store import views
from tuning.store.views import PLAIN, View


def names(*args):
    return [view.number for view in views.views(*args)]


def test_the_first_view_is_the_image_itself():
    images = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3)).astype("uint8")
    np.testing.assert_array_equal(views.apply(PLAIN, ["a", "b"], images), images)


def test_how_an_image_changes_follows_from_its_id_and_not_from_its_neighbours():
    images = np.random.default_rng(0).integers(0, 255, (3, 16, 16, 3)).astype("uint8")
    together = np.asarray(views.apply(View(1, "strong"), ["a", "b", "c"], images))
    alone = np.asarray(views.apply(View(1, "strong"), ["b"], images[1:2]))
    np.testing.assert_allclose(together[1], alone[0], atol=1e-3)
    assert np.abs(together - images).mean() > 5
    assert together.min() >= 0
    assert together.max() <= 255


@pytest.mark.parametrize("other", [View(2, "light"), View(1, "strong")])
def test_views_differ_from_each_other_and_have_other_names(other):
    images = np.random.default_rng(0).integers(0, 255, (1, 16, 16, 3)).astype("uint8")
    first = np.asarray(views.apply(View(1, "light"), ["a"], images))
    assert np.abs(first - np.asarray(views.apply(other, ["a"], images))).mean() > 1
    assert View(1, "light").name != other.name


def test_half_of_the_images_are_mirrored():
    flips = [views._Change.draw(View(1, "light"), str(number)).flip for number in range(200)]
    assert 80 < sum(flips) < 120


def test_a_mirrored_image_is_mirrored_about_its_middle():
    change = views._Change(True, 1.0, (0.0, 0.0), 0.0, 1.0, 1.0, (0.0, 0.0, 0.0, 0.0))
    a0, a1, a2, b0, b1, b2, *_ = change.matrix(8)
    # The result's first column, 0, is the image's last, 7; rows stay.
    assert (a0 * 0 + a1 * 3 + a2, b0 * 0 + b1 * 3 + b2) == (7.0, 3.0)


def test_what_is_painted_over_is_what_the_hole_says():
    change = views._Change(False, 1.0, (0.0, 0.0), 0.0, 1.0, 1.0, (0.5, 0.0, 0.5, 0.25))
    assert change.seen(4).tolist() == [[True, True, False, False], [True] * 4, [True] * 4, [True] * 4]


def test_no_augmentation_is_one_view_however_many_are_asked_for():
    assert names(3, "none") == [0]
    assert names(3, "light") == [0, 1, 2]


def test_each_retraining_drops_the_oldest_view_for_a_fresh_one_if_asked():
    assert names(3, "light", "never", 4) == [0, 1, 2]
    assert names(3, "light", "retraining", 0) == [0, 1, 2]
    assert names(3, "light", "retraining", 1) == [0, 2, 3]


def test_an_unknown_strength_is_refused():
    with pytest.raises(ValueError, match="no augmentation 'wild'"):
        views.views(2, "wild")
