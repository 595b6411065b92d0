import keras
import numpy as np
import pytest

from tuning import optimizer, schedule
from tuning.model import Hyperparameters


def small_model():
    start = keras.Input((2,))
    hidden = keras.layers.Dense(2, kernel_initializer="ones", name="block")(start)
    return keras.Model(start, keras.layers.Dense(1, kernel_initializer="ones", name="head_x")(hidden))


def test_adams_first_step_has_the_length_of_the_rate_and_a_tenth_of_it_below_the_head():
    model = small_model()
    model.compile(optimizer.HeadFirstAdamW(0.01, weight_decay=0.0), "mse", jit_compile=False)
    model.fit(np.ones((4, 2)), np.zeros((4, 1)), epochs=1, verbose=0)
    block, _, head, _ = model.get_weights()
    np.testing.assert_allclose(block, 1 - 0.001, atol=1e-6)
    np.testing.assert_allclose(head, 1 - 0.01, atol=1e-6)


def test_without_a_head_everything_moves_at_a_tenth():
    adam = optimizer.HeadFirstAdamW(0.01, weight_decay=0.0)
    variable = keras.Variable([1.0], name="kernel")
    adam.apply([keras.ops.ones(1)], [variable])
    assert float(variable.value[0]) == pytest.approx(0.999, abs=1e-6)


def test_sgd_moves_by_rate_times_gradient_and_keeps_nine_tenths_of_its_speed():
    weight, slots = optimizer.step("sgd", 1.0, 2.0, [0.0], optimizer.Rates(0.1, 0.0, None))
    assert (weight, slots) == (pytest.approx(0.8), [pytest.approx(-0.2)])
    weight, slots = optimizer.step("sgd", weight, 0.0, slots, optimizer.Rates(0.1, 0.0, None))
    assert (weight, slots) == (pytest.approx(0.62), [pytest.approx(-0.18)])


def test_decay_takes_its_share_of_the_weight_times_the_rate():
    weight, _ = optimizer.step("sgd", 2.0, 0.0, [0.0], optimizer.Rates(0.1, 0.5, None))
    assert weight == pytest.approx(2.0 - 2.0 * 0.5 * 0.1)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_the_search_steps_as_the_final_training_does(name):
    point = Hyperparameters(1, 0, 0.0, 0.05, optimizer=name, backbone_rate=0.3, weight_decay=0.2)
    model, generator, steps = small_model(), np.random.default_rng(0), 5
    ours = [np.array(value) for value in model.get_weights()]
    slots = [[np.zeros_like(value)] * optimizer.SLOTS[name] for value in ours]
    keras_optimizer = optimizer.make(point, steps)
    for number in range(steps):
        gradients = [generator.normal(size=value.shape).astype("float32") for value in ours]
        keras_optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], model.trainable_variables)
        peak = point.learning_rate * schedule.share(number, steps)
        for index, gradient in enumerate(gradients):
            rate = peak * (1.0 if index >= 2 else 0.3)
            warmed = optimizer.warmed(name, np.float32(number + 1))
            rates = optimizer.Rates(rate, 0.2 if ours[index].ndim > 1 else 0.0, warmed)
            ours[index], slots[index] = optimizer.step(name, ours[index], gradient, slots[index], rates)
    for mine, theirs in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
