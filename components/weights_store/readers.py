"""Set a backbone's weights from files of other projects: HDF5 and ONNX are read as data, no code is deserialised."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def from_keras_archive(model: keras.Model, data: bytes, group: str) -> None:
    """Read a Keras 3 `.keras` file whose sub-model's weights lie in the HDF5 group named.

    The group of a sub-model is laid out like a weights file of that model alone, so it is copied into one.
    Raises KeyError if there is no such group, ValueError if a shape differs.
    """
    import h5py

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "base.weights.h5")
        with h5py.File(weights, "r") as source, h5py.File(path, "w") as target:
            for name in source[group]:
                source.copy(source[group][name], target, name)
        model.load_weights(path)


def from_legacy_h5(model: keras.Model, data: bytes, layer: str) -> None:
    """Read a legacy `.h5` model file in which the backbone is the layer named.

    Raises KeyError if a weight is missing, ValueError if a shape differs.
    """
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        group = file["model_weights"][layer]
        for part in model.layers:
            part.set_weights([np.asarray(group[part.name][weight.name]) for weight in part.weights])


def from_onnx(model: keras.Model, data: bytes, prefix: str) -> None:
    """Read the convolutions of an ONNX graph that was exported from Keras by tf2onnx.

    ONNX keeps kernels as (out, in, height, width), Keras as (height, width, in, out).
    Raises KeyError if a convolution is missing, ValueError if a shape differs.
    """
    import onnx
    from onnx import numpy_helper

    tensors: dict[str, Any] = {item.name: item for item in onnx.load_model_from_string(data).graph.initializer}
    for part in model.layers:
        if part.weights:
            kernel = numpy_helper.to_array(tensors[f"{prefix}/{part.name}_1/convolution/ReadVariableOp:0"])
            bias = numpy_helper.to_array(tensors[f"{prefix}/{part.name}_1/Squeeze:0"])
            part.set_weights([kernel.transpose(2, 3, 1, 0), bias])
