from dataclasses import replace

import numpy as np

from components import predictions
from components.artifacts import Answered
from components.predictions import Predictions

HOSTILE = ("<b>", "아크메")


def answers():
    return Predictions(
        names=HOSTILE,
        ids=("a", "b"),
        uris=("/raw/a.jpg", "/raw/b.jpg"),
        sources=("", "instagram"),
        groups=("", "post"),
        labels=np.array([1, 0]),
        probabilities=np.array([[0.25, 0.75], [0.5, 0.5]]),
    )


def test_what_is_written_is_read_back(tmp_path):
    predictions.write(answers(), str(tmp_path / "p.parquet"))
    again = predictions.read(str(tmp_path / "p.parquet"), HOSTILE)
    assert (again.ids, again.uris, again.sources, again.groups) == (
        ("a", "b"), ("/raw/a.jpg", "/raw/b.jpg"), ("", "instagram"), ("", "post"),
    )  # fmt: skip
    np.testing.assert_array_equal(again.labels, [1, 0])
    np.testing.assert_array_equal(again.probabilities, [[0.25, 0.75], [0.5, 0.5]])


def test_how_the_answers_were_had_is_kept_with_them(tmp_path):
    answered = Answered(from_features=1, compared=1, max_difference=0.0004)
    predictions.write(replace(answers(), answered=answered), str(tmp_path / "p.parquet"))
    assert predictions.read(str(tmp_path / "p.parquet"), HOSTILE).answered == answered


def test_columns_follow_the_label_map_that_the_reader_names(tmp_path):
    predictions.write(answers(), str(tmp_path / "p.parquet"))
    again = predictions.read(str(tmp_path / "p.parquet"), HOSTILE[::-1])
    np.testing.assert_array_equal(again.labels, [0, 1])
    np.testing.assert_array_equal(again.probabilities, [[0.75, 0.25], [0.5, 0.5]])


def test_the_answer_is_the_most_probable_class_and_the_first_of_equals():
    np.testing.assert_array_equal(answers().predicted, [1, 0])
