import pytest

from components.sample_data.subjects import Subject, choose, describe

CODES = [
    "1f600", "1f601", "1f602",  # faces
    "1f44b", "1f44b-1f3fb", "1f44b-1f3ff",  # a hand and two of its skin tones
    "1f436",  # a dog
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "source", "group"),
    [
        ("1f600", "smileys-emotion", "1f600"),
        ("1f44b-1f3ff", "people-body", "1f44b"),  # a variant belongs to its base
        ("1f3fd", "component", "1f3fd"),  # a skin tone by itself
        ("1f1f0-1f1f7", "flags", "1f1f0-1f1f7"),  # South Korea
        ("1f1e6", "flags", "1f1e6"),  # a single letter of flags, not in the data
        ("1f468-200d-1f9af", "people-body", "1f468-200d-1f9af"),  # a man with a cane
        ("e000", "other", "e000"),  # nothing that Unicode knows
    ],
)
def test_a_subject_has_its_unicode_group_and_its_drawing_without_skin_tone(code, source, group):
    assert describe(code) == Subject(code, source, group)


def test_a_smaller_choice_is_the_beginning_of_a_larger_one():
    assert choose(CODES, 3) == choose(CODES, 6)[:3]


def test_the_choice_does_not_depend_on_the_order_of_the_names():
    assert choose(CODES, 5) == choose(reversed(CODES), 5)


def test_groups_take_turns():
    assert [subject.source for subject in choose(CODES, 3)] == ["animals-nature", "people-body", "smileys-emotion"]


def test_a_drawing_comes_before_its_skin_tones():
    hands = [subject.code for subject in choose(CODES, 7) if subject.source == "people-body"]
    assert hands[0] == "1f44b"


def test_every_code_is_chosen_once():
    assert sorted(subject.code for subject in choose(CODES, 7)) == sorted(CODES)
