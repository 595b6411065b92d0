from pathlib import Path

import pytest

from components import published
from components.artifacts import Promotion


def test_a_result_is_found_once_it_is_published(tmp_path: Path):
    uri = str(tmp_path / "push" / "k" / "promotion.json")
    assert published.find(Promotion, uri) is None
    published.publish(promotion := Promotion(version=3, model_id="m", uri="u"), uri)
    assert published.find(Promotion, uri) == promotion


def test_a_result_is_made_once(tmp_path: Path):
    uri, made = str(tmp_path / "promotion.json"), Promotion(version=3, model_id="m", uri="u")
    assert published.once(Promotion, uri, lambda: made) == (made, False)
    assert published.once(Promotion, uri, lambda: pytest.fail("made again")) == (made, True)


def test_a_run_whose_work_another_one_removed_takes_the_others_result(tmp_path: Path):
    uri, others = str(tmp_path / "promotion.json"), Promotion(version=3, model_id="m", uri="u")

    def make():
        published.publish(others, uri)
        raise FileNotFoundError("the state is gone")

    assert published.once(Promotion, uri, make) == (others, True)


def test_a_failure_without_another_result_is_a_failure(tmp_path: Path):
    with pytest.raises(ZeroDivisionError):
        published.once(Promotion, str(tmp_path / "promotion.json"), lambda: 1 / 0)


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
