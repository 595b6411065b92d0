import pytest

from components.train.training import strength
from tuning.augmentation import STRENGTHS


@pytest.mark.parametrize(
    ("named", "selected", "taken"),
    [
        ("auto", "none", "none"),
        ("auto", "strong", "strong"),
        ("auto", "light_unmirrored", "light_unmirrored"),
        ("none", "strong", "none"),
        ("strong_unmirrored", "light", "strong_unmirrored"),
    ],
)
def test_images_change_as_named_or_as_in_the_selected_trial(named, selected, taken):
    assert strength(named, selected) == STRENGTHS[taken]
