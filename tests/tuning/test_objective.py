import numpy as np
import pytest

from tuning import objective

# Four of class 0 answered 0 0 0 1, two of class 1 answered 1 0: recalls 3/4 and 1/2; precisions 3/4 and 1/2.
LABELS = np.array([0, 0, 0, 0, 1, 1])
ANSWERS = np.array([0, 0, 0, 1, 1, 0])


def test_balanced_accuracy_is_the_mean_recall():
    assert objective.score("balanced_accuracy", np.eye(2)[ANSWERS], LABELS) == pytest.approx(0.625)


def test_macro_f1_is_the_mean_of_the_classes_f1():
    assert objective.score("macro_f1", np.eye(2)[ANSWERS], LABELS) == pytest.approx((0.75 + 0.5) / 2)


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1"])
def test_a_class_without_images_neither_warns_nor_counts(name):
    assert objective.score(name, np.eye(3)[LABELS], LABELS) == 1.0


def test_answers_of_a_class_that_does_not_occur_are_wrong_answers():
    # One of the four is taken for class 2: recalls 3/4 and 1.
    assert objective.score("balanced_accuracy", np.eye(3)[[0, 0, 0, 2, 1, 1]], LABELS) == pytest.approx(0.875)


def test_an_unknown_objective_is_refused():
    with pytest.raises(ValueError, match="'accuracy'; known are balanced_accuracy, macro_f1"):
        objective.score("accuracy", np.eye(2)[ANSWERS], LABELS)


def test_no_images_have_no_score():
    with pytest.raises(ValueError, match="the split is empty"):
        objective.score("macro_f1", np.zeros((0, 2)), np.array([], int))


def test_class_weights_make_classes_weigh_the_same():
    assert objective.class_weights([30, 10]) == {0: pytest.approx(40 / 60), 1: pytest.approx(2.0)}


def test_an_absent_class_takes_nothing_from_the_others():
    assert objective.class_weights([5, 0, 5]) == {0: 1.0, 1: 1.0, 2: 1.0}
