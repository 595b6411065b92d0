import unicodedata

import pytest

from components.ingest.layout import Place, place_of


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("acme/1.jpg", Place("acme")),
        ("acme/instagram/1.jpg", Place("acme", "instagram")),
        ("acme/instagram/anna/1.jpg", Place("acme", "instagram", "acme/instagram/anna")),
        ("acme/instagram/anna/2024/1.jpg", Place("acme", "instagram", "acme/instagram/anna")),
        ("삼성/공식/a b*?[1].jpg", Place("삼성", "공식")),
    ],
)
def test_folders_name_brand_source_and_group(path, place):
    assert place_of(path) == place


@pytest.mark.parametrize("path", ["ATTRIBUTION.md", ".git/acme/1.jpg", "acme/.DS_Store", "acme/.cache/1.jpg"])
def test_files_of_no_brand_and_hidden_files_are_no_images(path):
    assert place_of(path) is None


def test_a_name_that_macos_wrote_apart_is_the_same_brand():
    assert place_of(unicodedata.normalize("NFD", "삼성") + "/1.jpg") == Place("삼성")
