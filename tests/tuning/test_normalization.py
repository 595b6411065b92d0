import keras
import numpy as np
import pytest

from tuning import normalization

SHAPE = (5, 5, 4)


@pytest.fixture
def network():
    """Pixels through BatchNormalization that has learned something; changes by keyword, see keras."""

    def make(**options):
        pixels = keras.Input(SHAPE)
        made = keras.Model(pixels, keras.layers.BatchNormalization(name="normalization", **options)(pixels))
        generator = np.random.default_rng(0)
        made.set_weights([generator.uniform(0.5, 2.0, weight.shape) for weight in made.get_weights()])
        return made

    return make


def inputs(dtype="float32"):
    return np.random.default_rng(1).normal(size=(8, *SHAPE)).astype(dtype)


@pytest.mark.parametrize(
    "options", [{}, {"scale": False}, {"center": False}, {"scale": False, "center": False}, {"epsilon": 0.1}]
)
@pytest.mark.parametrize("training", [False, True])
def test_answers_are_those_of_inference(network, options, training):
    made = network(**options)
    before = np.asarray(made(inputs(), training=False))
    normalization.fold(made)
    np.testing.assert_array_equal(made(inputs(), training=training), before)


def test_half_precision_is_computed_in_full_and_stays_half(network):
    made = network(dtype="mixed_bfloat16")
    before = made(inputs(), training=False)
    normalization.fold(made)
    after = made(inputs(), training=False)
    assert keras.backend.standardize_dtype(after.dtype) == "bfloat16"
    np.testing.assert_array_equal(*(np.asarray(keras.ops.cast(given, "float32")) for given in (after, before)))


def test_constants_are_those_of_the_first_time(network):
    made = network()
    normalization.fold(made)
    before = np.asarray(made(inputs()))
    made.set_weights([np.ones_like(weight) for weight in made.get_weights()])
    normalization.fold(made)
    np.testing.assert_array_equal(made(inputs()), before)


def test_what_normalises_another_axis_is_left_to_keras(network):
    made = network(axis=1)
    before = np.asarray(made(inputs(), training=False))
    normalization.fold(made)
    np.testing.assert_array_equal(made(inputs(), training=False), before)
    assert "call" not in vars(made.get_layer("normalization"))


def test_other_layers_are_left_as_they_are():
    pixels = keras.Input(SHAPE)
    made = keras.Model(pixels, keras.layers.LayerNormalization()(pixels))
    normalization.fold(made)
    assert not [layer for layer in made.layers if "call" in vars(layer)]
