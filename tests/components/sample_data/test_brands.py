import pytest

from components.sample_data import brands


def test_both_brands_have_drawings_of_3964_subjects(codes):
    assert len(codes) == 3964


def test_the_drawings_of_one_subject_differ(codes):
    drawings = brands.drawings(["1f600"])
    assert drawings["twemoji"]["1f600"].startswith("<svg")
    assert drawings["openmoji"]["1f600"].startswith("<svg")
    assert drawings["twemoji"]["1f600"] != drawings["openmoji"]["1f600"]


def test_a_subject_that_a_brand_lacks_is_an_error(codes):
    with pytest.raises(KeyError, match="e000"):
        brands.drawings(["e000"])
