import keras
import numpy as np
import pytest

from tuning import backend, heads
from tuning.model import Hyperparameters, Parts, classifier

CHANNELS = 6  # of the pooled vector: 3 averages, 3 maxima


def point(width=4, pooling="avg", **others):
    return Hyperparameters(0, width, 0.5, 0.01, pooling=pooling, **others)


def vectors(n=5):
    return np.random.default_rng(0).normal(size=(n, CHANNELS)).astype("float32")


@pytest.mark.parametrize("width", [0, 4])
@pytest.mark.parametrize("pooling", ["avg", "max", "avg+max"])
def test_a_head_answers_as_the_classifiers_does_from_the_same_seed(width, pooling):
    start = keras.Input((CHANNELS,))
    ours = classifier(Parts(keras.Model(start, keras.layers.Identity()(start)), None), 3, point(width, pooling), seed=7)
    head, mask = heads.stacked([point(width, pooling)], CHANNELS, 3, 9, seed=7)
    answers = keras.ops.softmax(heads.logits(head, vectors(), mask))[0]
    np.testing.assert_allclose(answers, ours.trainable(vectors(), training=False), atol=1e-6)


@pytest.mark.parametrize("width", [0, 4])
@pytest.mark.parametrize("pooling", ["avg", "max", "avg+max"])
def test_a_head_that_was_padded_can_be_cut_out_again(width, pooling):
    one = point(width, pooling)
    head = heads.initial(CHANNELS, 3, one, seed=7)
    stack = [array[np.newaxis] for array in heads.padded(head, CHANNELS, 9, one)]
    found = heads.cut(stack, one)
    assert len(found) == len(head) == (4 if width else 2)
    assert all(np.array_equal(*pair) for pair in zip(found, head, strict=True))


def test_stacked_heads_of_any_width_and_pooling_answer_as_each_alone():
    points = [point(0, "avg"), point(4, "max"), point(9, "avg+max")]
    together = heads.logits(*asked(points))
    for number, one in enumerate(points):
        np.testing.assert_allclose(together[number], heads.logits(*asked([one]))[0], atol=1e-6)


def asked(points):
    head, mask = heads.stacked(points, CHANNELS, 3, 9, seed=7)
    return head, vectors(), mask


def test_dropout_keeps_the_expected_value_and_depends_on_the_rate_and_the_step_alone():
    ones = np.ones((200, CHANNELS), "float32")
    direct, mask = heads.stacked([point(0, "avg+max")] * 2, CHANNELS, 1, 3, seed=7)
    direct[0] = np.ones_like(direct[0])
    rates = np.array([0.0, 0.5], "float32")
    first, again, next_step = (
        heads.logits(direct, ones, mask, rates, backend.seed_of(1, step, 2)) for step in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[0], np.full((200, 1), CHANNELS))  # nothing is dropped at rate 0
    assert float(np.mean(first[1])) == pytest.approx(CHANNELS, rel=0.1)
    assert not np.array_equal(first[1], next_step[1])
    alone = heads.logits([array[1:] for array in direct], ones, mask[1:], rates[1:], backend.seed_of(1, 0, 2))
    np.testing.assert_array_equal(first[1], alone[0])
