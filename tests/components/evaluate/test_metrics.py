import numpy as np
import pytest

from components.evaluate import metrics
from components.predictions import Predictions

# Two brands: acme has 4 images, 3 right; zeta has 2, 1 right.
LABELS = np.array([0, 0, 0, 0, 1, 1])
PREDICTED = np.array([0, 0, 0, 1, 1, 0])


@pytest.fixture
def score():
    return metrics.measure(answers(LABELS, PREDICTED, sources=list("iiioio")), "model", "file", seed=1)


def answers(labels, predicted, names=("acme", "zeta"), sources=None, groups=None):
    count = len(labels)
    return Predictions(
        names=tuple(names),
        ids=tuple(f"id{number}" for number in range(count)),
        uris=("",) * count,
        sources=tuple(sources or [""] * count),
        groups=tuple(groups or [""] * count),
        labels=np.asarray(labels, dtype=np.int64),
        probabilities=np.eye(len(names))[np.asarray(predicted, dtype=np.int64)],
    )


def test_balanced_accuracy_is_the_mean_of_the_recalls(score):
    assert score.balanced_accuracy == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_accuracy_counts_images(score):
    assert score.accuracy == pytest.approx(4 / 6)


def test_macro_f1_is_the_mean_of_the_brands_f1(score):
    # acme: precision 3/4, recall 3/4. zeta: precision 1/2, recall 1/2.
    assert score.macro_f1 == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_precision_and_recall_are_not_exchanged():
    score = metrics.measure(answers([0, 0, 0, 1], [0, 1, 1, 1]), "model", "file", seed=1)
    assert score.per_class["acme"].precision == 1.0
    assert score.per_class["acme"].recall == pytest.approx(1 / 3)
    assert score.per_class["zeta"].precision == pytest.approx(1 / 3)
    assert score.per_class["zeta"].f1 == pytest.approx(0.5)
    assert score.per_class["acme"].images == 3


def test_rows_of_the_confusion_are_labels_and_columns_answers():
    score = metrics.measure(answers([0, 0, 0, 1], [0, 1, 1, 1]), "model", "file", seed=1)
    assert score.confusion == ((1, 2), (0, 1))


def test_each_source_is_scored_on_its_own(score):
    # i: acme 3 of 3, zeta 1 of 1. o: acme 0 of 1, zeta 0 of 1.
    assert {name: (source.balanced_accuracy, source.images) for name, source in score.by_source.items()} == {
        "i": (1.0, 4),
        "o": (0.0, 2),
    }


def test_a_brand_without_test_images_does_not_count():
    score = metrics.measure(answers([0, 1], [0, 2], names=("acme", "zeta", "omni")), "model", "file", seed=1)
    assert score.balanced_accuracy == 0.5
    assert score.macro_f1 == 0.5
    assert score.per_class["omni"].images == 0


def test_no_images_are_an_error():
    with pytest.raises(ValueError, match="no images"):
        metrics.measure(answers([], []), "model", "file", seed=1)


def test_always_answering_the_most_frequent_brand():
    assert metrics.majority_accuracy(LABELS) == pytest.approx(4 / 6)


def test_the_interval_of_independent_images_is_the_binomial_one():
    # 200 images of each of two brands, 160 right: the standard error of the mean recall is
    # sqrt(2 * 0.8 * 0.2 / 200) / 2 = 0.02, so that 95 % lie within 0.0392.
    labels = np.repeat([0, 1], 200)
    predicted = np.where(np.arange(400) % 5 == 0, 1 - labels, labels)
    low, high = metrics.interval(labels, predicted, [str(number) for number in range(400)], 2, seed=3)
    assert low == pytest.approx(0.8 - 0.0392, abs=0.006)
    assert high == pytest.approx(0.8 + 0.0392, abs=0.006)


def test_images_of_one_group_tell_no_more_than_one():
    # The same answers in groups of ten that are right or wrong together: the interval is sqrt(10) times as wide.
    labels = np.repeat([0, 1], 200)
    groups = [str(number // 10) for number in range(400)]
    predicted = np.where(np.arange(400) // 10 % 5 == 0, 1 - labels, labels)
    low, high = metrics.interval(labels, predicted, groups, 2, seed=3)
    assert high - low == pytest.approx(2 * 0.0392 * 10**0.5, abs=0.03)


def test_an_image_without_a_group_stands_for_itself():
    labels, predicted = np.repeat([0, 1], 50), np.tile([0, 1], 50)
    alone = metrics.measure(answers(labels, predicted), "model", "file", seed=3)
    low, high = alone.balanced_accuracy_interval
    assert 0.3 < low < high < 0.7


def test_the_same_seed_draws_the_same_interval():
    groups = [str(number) for number in range(6)]
    first, again, other = (metrics.interval(LABELS, PREDICTED, groups, 2, seed) for seed in (5, 5, 6))
    assert first == again
    assert 0 <= first[0] <= first[1] <= 1
    assert len(other) == 2


def test_a_single_group_gives_an_interval_without_width():
    low, high = metrics.interval(LABELS, PREDICTED, ["one"] * 6, 2, seed=1)
    assert low == high == pytest.approx(0.625)
