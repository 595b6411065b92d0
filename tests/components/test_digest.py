import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import digest


def test_bytes_have_their_sha256():
    assert digest.of_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_order_of_keys_does_not_count_but_that_of_items_does():
    assert digest.of_json({"a": 1, "b": [1, 2]}) == digest.of_json({"b": [1, 2], "a": 1})
    assert digest.of_json([1, 2]) != digest.of_json([2, 1])


def test_what_json_cannot_say_has_no_digest():
    with pytest.raises(ValueError, match="JSON"):
        digest.of_json(float("nan"))


def test_lines_are_kept_apart():
    assert digest.of_lines(["ab", "c"]) != digest.of_lines(["a", "bc"])


@given(st.text())
def test_a_text_has_one_place_in_the_unit_interval(text: str):
    assert 0 <= digest.unit_interval(text) < 1
    assert digest.unit_interval(text) == digest.unit_interval(text)


def test_places_in_the_unit_interval_are_spread_evenly():
    places = [digest.unit_interval(str(number)) for number in range(10_000)]
    # Ten bins of 1,000 expected each; six standard deviations of a binomial count are 180.
    counts = [sum(low <= 10 * place < low + 1 for place in places) for low in range(10)]
    assert all(abs(count - 1000) < 180 for count in counts)
