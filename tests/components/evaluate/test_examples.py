import numpy as np

from components.evaluate.examples import choose
from components.predictions import Predictions

NAMES = ("acme", "zeta")


def answers(rows):
    """Rows of (label, probability of acme)."""
    return Predictions(
        names=NAMES,
        ids=tuple(f"id{number}" for number in range(len(rows))),
        uris=tuple(f"/raw/{number}.jpg" for number in range(len(rows))),
        sources=("",) * len(rows),
        groups=("",) * len(rows),
        labels=np.array([label for label, _ in rows]),
        probabilities=np.array([[acme, 1 - acme] for _, acme in rows]),
    )


def test_wrong_and_right_images_are_told_apart():
    chosen = choose(answers([(0, 0.9), (0, 0.2), (1, 0.4)]))
    assert [example.id for example in chosen.wrong] == ["id1"]
    assert [example.id for example in chosen.right] == ["id0", "id2"]


def test_an_example_names_label_answer_and_probability():
    (example,) = choose(answers([(0, 0.2)])).wrong
    assert (example.label, example.predicted, example.probability) == ("acme", "zeta", 0.8)
    assert example.uri == "/raw/0.jpg"


def test_the_most_confident_come_first():
    chosen = choose(answers([(0, 0.3), (0, 0.1), (0, 0.2)]))
    assert [example.id for example in chosen.wrong] == ["id1", "id2", "id0"]


def test_a_brand_with_many_mistakes_does_not_crowd_out_another():
    chosen = choose(answers([(0, 0.01), (0, 0.02), (0, 0.03), (1, 0.6)]), shown=2)
    assert [example.label for example in chosen.wrong] == ["acme", "zeta"]


def test_no_more_than_asked_for_are_shown():
    assert len(choose(answers([(0, 0.9)] * 30), shown=12).right) == 12
