import keras
import numpy as np
import pytest

from tuning.optimizer import HeadFirstAdam


def test_the_head_moves_at_the_rate_and_all_else_at_a_tenth_of_it():
    start = keras.Input((2,))
    hidden = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones", name="block")(start)
    model = keras.Model(start, keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name="head_x")(hidden))
    model.compile(HeadFirstAdam(0.01), "mse", jit_compile=False)
    model.fit(np.ones((4, 2)), np.zeros((4, 1)), epochs=1, verbose=0)
    block, head = model.get_weights()
    # Adam's first step has the length of the rate, whatever the gradient's.
    np.testing.assert_allclose(block, 1 - 0.001, atol=1e-6)
    np.testing.assert_allclose(head, 1 - 0.01, atol=1e-6)


def test_without_a_head_everything_moves_at_a_tenth():
    optimizer = HeadFirstAdam(0.01)
    variable = keras.Variable([1.0], name="kernel")
    optimizer.apply([keras.ops.ones(1)], [variable])
    assert float(variable.value[0]) == pytest.approx(0.999, abs=1e-6)
