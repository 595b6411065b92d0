"""Weights out of a TensorFlow.js layers model that was bundled into JavaScript files: read as data, no script is run.

The model's script holds an object literal whose `weightsManifest` lists the shards and, in the order of their bytes,
each tensor's name, shape and quantisation. A shard's script holds the bytes as one base64 string.
Source: https://github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts (WeightsManifestConfig) and io_utils.ts.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

MANIFEST = "weightsManifest:"
STORED = ("float32", "uint8", "uint16")  # how a tensor's numbers may lie in a shard


def from_scripts(model: keras.Model, script: bytes, *shards: bytes) -> None:
    """Set the weights of a network that Keras 2 trained on pixels in [0, 1] and that ours feeds with [-1, 1].

    script: of the model. shards: in the order of the manifest's paths.
    Raises KeyError if a weight is missing, ValueError if a shape differs or the scripts are of another form.
    """
    found = tensors(manifest(script), [shard(text) for text in shards])
    for layer, name in _names_in_keras_2(model.layers):
        layer.set_weights([found[f"{name}/{weight.name}"] for weight in layer.weights])
    convolution, normalization = [layer for layer in model.layers if layer.weights][:2]
    take_minus_one_to_one(convolution, normalization)


def manifest(script: bytes) -> list[dict[str, Any]]:
    """The tensors' entries, in the order of the shards' bytes. Raises ValueError if the script has no manifest."""
    _, found, literal = script.decode().partition(MANIFEST)
    if not found:
        raise ValueError(f"the script has no {MANIFEST[:-1]}")
    # A minifier leaves quotes off keys and noughts off fractions; JSON wants both. No string inside has either form.
    literal = re.sub(r"([{,])(\w+):", r'\1"\2":', literal)
    literal = re.sub(r"(?<![\d\w\"])\.(\d)", r"0.\1", literal)
    groups = json.JSONDecoder().raw_decode(literal)[0]
    return [entry for group in groups for entry in group["weights"]]


def shard(script: bytes) -> bytes:
    """The bytes that a shard's script carries. Raises ValueError if it carries none."""
    text = re.search(rb'\.exports="([A-Za-z0-9+/=]+)"', script)
    if text is None:
        raise ValueError("the script of a shard has no base64 string")
    return base64.b64decode(text[1], validate=True)


def tensors(entries: Sequence[dict[str, Any]], shards: Sequence[bytes]) -> dict[str, np.ndarray]:
    """float32 tensors by name: a number q that was quantised stands for q * scale + min.

    Raises ValueError if numbers are stored in a form that is not known, or the bytes are too few or too many.
    """
    data, offset, found = b"".join(shards), 0, {}
    for entry in entries:
        how = entry.get("quantization", {"dtype": entry["dtype"], "scale": 1.0, "min": 0.0})
        if entry["dtype"] != "float32" or how["dtype"] not in STORED:
            raise ValueError(f"{entry['name']} is stored as {how['dtype']} for {entry['dtype']}, which is not read")
        stored = np.dtype(how["dtype"]).newbyteorder("<")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        numbers = np.frombuffer(data, stored, count, offset).astype(np.float64)
        offset += count * stored.itemsize
        found[entry["name"]] = (numbers * how["scale"] + how["min"]).astype(np.float32).reshape(entry["shape"])
    if offset != len(data):
        raise ValueError(f"the shards hold {len(data)} bytes, the manifest names {offset}")
    return found


def take_minus_one_to_one(convolution: keras.layers.Layer, normalization: keras.layers.Layer) -> None:
    """Make a convolution and its normalization that took pixels x in [0, 1] take 2x - 1, with the same output.

    The convolution of x is half that of 2x - 1 plus half the sum of the kernel, which the mean takes up. Exact only
    without padding: a border of noughts is black in one range and grey in the other.
    Raises ValueError if the convolution pads or has a bias.
    """
    if convolution.padding != "valid" or convolution.use_bias:
        raise ValueError(f"{convolution.name} pads or has a bias: another range of pixels cannot be folded into it")
    (kernel,) = convolution.get_weights()
    *others, mean, variance = normalization.get_weights()
    shift = kernel.sum(axis=(0, 1, 2), dtype=np.float64) / 2
    convolution.set_weights([kernel / 2])
    normalization.set_weights([*others, (mean - shift).astype(np.float32), variance])


def _names_in_keras_2(layers: Sequence[keras.layers.Layer]) -> Iterator[tuple[keras.layers.Layer, str]]:
    """Layers that have weights, with the names of a fresh Keras 2: a kind's layers count from 1 as they are made.

    Ours count from nought, or from where the process stands; and a network's list is in another order than they were
    made in.
    """
    made = sorted((layer for layer in layers if layer.weights), key=lambda layer: _counter(layer.name))
    for kind, same in itertools.groupby(made, key=lambda layer: _counter(layer.name)[0]):
        for number, layer in enumerate(same, start=1):
            yield layer, f"{kind}_{number}"


def _counter(name: str) -> tuple[str, int]:
    kind, _, number = name.rpartition("_")
    return (kind, int(number)) if number.isdigit() else (name, 0)
