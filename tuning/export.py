"""A trained classifier as files: `model.keras` for Python, `saved_model/` for whoever has raw image bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tuning import pixels

KERAS_FILE, SERVING_FOLDER = "model.keras", "saved_model"
_SERVE_AT_ONCE = 64  # images decoded in one call, so that memory does not grow with the request


def save(model: keras.Model, folder: str, labels: Sequence[str], stored_side_px: int) -> None:
    """Write folder/model.keras and folder/saved_model/, making the folder.

    model: pixels (n, side, side, 3) in [0, 255] -> probabilities (n, classes); must not be compiled.
    labels: the classes' names in the order of the probabilities. stored_side_px: side of the records it learned from.
    The SavedModel's serving_default takes image_bytes: string (n,), whole files of JPEG, PNG, GIF, WebP or BMP, and
    gives probabilities: float32 (n, classes) and label: string (n,). It needs none of our code.
    Raises ValueError if labels and classes differ in number.
    """
    side_px, classes = model.inputs[0].shape[1], model.outputs[0].shape[-1]
    if len(labels) != classes:
        raise ValueError(f"The model tells {classes} classes apart, but {len(labels)} labels were given.")
    Path(folder).mkdir(parents=True, exist_ok=True)
    model.save(Path(folder) / KERAS_FILE)

    def serve(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        stored = tf.map_fn(
            lambda contents: pixels.decode_raw(contents, stored_side_px),
            image_bytes,
            fn_output_signature=tf.TensorSpec((stored_side_px, stored_side_px, 3), tf.uint8),
        )
        probabilities = model(tf.cast(pixels.resize(stored, side_px), tf.float32), training=False)
        return {
            "probabilities": probabilities,
            "label": tf.gather(tf.constant(list(labels)), tf.argmax(probabilities, axis=-1)),
        }

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", serve, [tf.TensorSpec((None,), tf.string, name="image_bytes")])
    archive.write_out(str(Path(folder) / SERVING_FOLDER), verbose=False)


def load_keras(folder: str) -> keras.Model:
    """The model of folder/model.keras: pixels (n, side, side, 3) in [0, 255] -> probabilities (n, classes)."""
    return keras.models.load_model(Path(folder) / KERAS_FILE, compile=False)


def load_serving(folder: str) -> Callable[[Sequence[bytes]], np.ndarray]:
    """The SavedModel of folder as a function: whole image files -> probabilities, float32 (n, classes)."""
    loaded = tf.saved_model.load(str(Path(folder) / SERVING_FOLDER))
    signature = loaded.signatures["serving_default"]
    classes = signature.structured_outputs["probabilities"].shape[-1]

    def answer(files: Sequence[bytes]) -> np.ndarray:
        starts = range(0, len(files), _SERVE_AT_ONCE)
        parts = [tf.constant(list(files[start : start + _SERVE_AT_ONCE]), tf.string) for start in starts]
        none = np.empty((0, classes), np.float32)
        return np.concatenate([none, *(signature(image_bytes=part)["probabilities"].numpy() for part in parts)])

    answer.loaded = loaded  # type: ignore[attr-defined]  # the signature does not keep its variables alive
    return answer
