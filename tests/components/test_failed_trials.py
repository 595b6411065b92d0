import pytest

from components import failed_trials


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("out of memory, even for a single image; lower search.image_side_px (pooling avg)", "more memory"),
        ("out of memory: MemoryError: no room; lower search.image_side_px (pooling avg)", "more memory"),
        ("the loss was no longer a number after epoch 1 (pooling avg)", "search.learning_rate"),
        (None, "search.learning_rate"),
    ],
)
def test_the_advice_is_by_the_cause(reason, expected):
    assert expected in failed_trials.advice(reason)
