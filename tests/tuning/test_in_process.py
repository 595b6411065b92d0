import keras
import numpy as np
import pytest

from tuning import in_process, model
from tuning.in_process import InProcessSource


def doubling():
    start = keras.Input((2, 2, 3))
    return keras.Model(start, start * 2)


def test_stored_activations_are_the_models_answers_mapped_from_a_file(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (70, 2, 2, 3)).astype("uint8")
    batches = [(images[at : at + 32], np.arange(70)[at : at + 32]) for at in (0, 32, 64)]  # the last not full
    activations, labels = in_process.store(doubling(), batches, tmp_path / "a", "training")
    assert isinstance(activations, np.memmap)
    np.testing.assert_array_equal(activations, images * np.float32(2))
    np.testing.assert_array_equal(labels, np.arange(70))


def test_an_empty_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no validation images.*the split is empty"):
        in_process.store(doubling(), [], tmp_path / "a", "validation")


@pytest.fixture
def source(small_network, two_brands, tmp_path):
    backbone, network = small_network
    images = {"training": two_brands(6, 1), "validation": two_brands(4, 2)}
    batches = {split: lambda _side, one=one: [one] for split, one in images.items()}
    return InProcessSource(lambda _side: network, backbone, batches, str(tmp_path), views=3), images


def test_a_row_is_the_frozen_parts_answer_in_the_order_of_the_images(source, small_network):
    backbone, network = small_network
    made, images = source
    found = made.at(1, 32)
    frozen = model.split(network, backbone, 1).features
    pixels, labels = images["training"]
    np.testing.assert_allclose(found["training"].activations[0], frozen(pixels.astype("float32")), rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(found["training"].labels, labels)


def test_augmentation_adds_views_to_training_only_and_keeps_the_first_as_it_is(source):
    made, _ = source
    plain, light = made.at(0, 32), made.at(0, 32, "light")
    assert [len(light[split].activations) for split in ("training", "validation")] == [3, 1]
    assert light["training"].activations[0] is plain["training"].activations[0]
    first, second, third = light["training"].activations
    assert not np.allclose(first, second)
    assert not np.allclose(second, third)
