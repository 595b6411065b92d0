from pathlib import Path

from components import published
from components.artifacts import Promotion


def test_a_result_is_found_once_it_is_published(tmp_path: Path):
    uri = str(tmp_path / "push" / "k" / "promotion.json")
    assert published.find(Promotion, uri) is None
    published.publish(promotion := Promotion(version=3, model_id="m", uri="u"), uri)
    assert published.find(Promotion, uri) == promotion


def test_what_was_published_first_stays(tmp_path: Path):
    uri = str(tmp_path / "promotion.json")
    first, second = (Promotion(version=3, model_id="m", uri=uri) for uri in "ab")
    assert [published.publish(one, uri) for one in (first, second)] == [first, first]
    assert published.find(Promotion, uri) == first


def test_a_key_changes_with_each_thing_that_decides():
    keys = {published.key(a=1, b=2), published.key(a=1, b=3), published.key(a=2, b=2), published.key(a=1)}
    assert len(keys) == 4


def test_a_key_changes_with_the_code(monkeypatch):
    before = published.key(a=1)
    monkeypatch.setattr(published, "TAG", "0.0.0")
    assert published.key(a=1) != before
