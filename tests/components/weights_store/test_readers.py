"""A small network's weights come back from each format that the packages use."""

import io

import h5py
import keras
import numpy as np
import pytest
from onnx import helper, numpy_helper

from components.weights_store import readers


@pytest.fixture
def network():
    """seed -> a convolution, a normalization, a convolution; weights by the seed."""

    def build(seed):
        image = keras.Input((8, 8, 3))
        hidden = keras.layers.Conv2D(4, 3, name="first", use_bias=True)(image)
        hidden = keras.layers.Conv2D(5, 1, name="second", use_bias=True)(hidden)
        model = keras.Model(image, hidden)
        random = np.random.default_rng(seed)
        model.set_weights([random.normal(size=weight.shape).astype("float32") for weight in model.weights])
        return model

    return build


def assert_same_weights(model, other):
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_sub_model_is_read_out_of_a_keras_archive(network, tmp_path):
    trained, fresh = network(1), network(2)
    image = keras.Input((8, 8, 3))
    keras.Model(image, keras.layers.Dense(2)(trained(image))).save(tmp_path / "whole.keras")
    readers.from_keras_archive(fresh, (tmp_path / "whole.keras").read_bytes(), "layers/functional")
    assert_same_weights(fresh, trained)


def test_a_group_that_the_archive_lacks_is_a_key_error(network, tmp_path):
    network(1).save(tmp_path / "flat.keras")
    with pytest.raises(KeyError):
        readers.from_keras_archive(network(2), (tmp_path / "flat.keras").read_bytes(), "layers/functional")


def test_a_layer_is_read_out_of_a_legacy_h5_file(network):
    trained, fresh, data = network(1), network(2), io.BytesIO()
    with h5py.File(data, "w") as file:
        for layer in trained.layers:
            for weight in layer.weights:
                file[f"model_weights/base/{layer.name}/{weight.name}"] = keras.ops.convert_to_numpy(weight)
    readers.from_legacy_h5(fresh, data.getvalue(), "base")
    assert_same_weights(fresh, trained)


def onnx_of(model):
    """The file that tf2onnx would write: kernels (out, in, height, width) under the names of TensorFlow's graph."""
    tensors = []
    for layer in model.layers[1:]:
        kernel, bias = layer.get_weights()
        names = f"net/{layer.name}_1/convolution/ReadVariableOp:0", f"net/{layer.name}_1/Squeeze:0"
        tensors.append(numpy_helper.from_array(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), names[0]))
        tensors.append(numpy_helper.from_array(bias, names[1]))
    return helper.make_model(helper.make_graph([], "net", [], [], tensors))


def test_convolutions_are_read_out_of_an_onnx_graph(network):
    trained, fresh = network(1), network(2)
    readers.from_onnx(fresh, onnx_of(trained).SerializeToString(), "net")
    assert_same_weights(fresh, trained)


def test_a_convolution_that_the_graph_lacks_is_a_key_error(network):
    graph = onnx_of(network(1))
    del graph.graph.initializer[2]
    with pytest.raises(KeyError, match="second_1/convolution"):
        readers.from_onnx(network(2), graph.SerializeToString(), "net")
