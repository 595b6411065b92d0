"""A real SavedModel, real image files, and the real other process; the model tells red from blue by the mean colour."""

import ast
import inspect
import io
import subprocess

import numpy as np
import pytest
from PIL import Image

from components import digest, predictions
from components.artifacts import Verification
from components.errors import BrandlensError
from components.predictions import Predictions
from components.verify import serve
from components.verify.step import run

NAMES = ("red", "blue")
COLOURS = [(200, 40, 40), (220, 90, 70), (30, 60, 210), (90, 90, 180), (180, 60, 90), (60, 20, 160)]


def true_answer(colour):
    red, _, blue = colour
    return [red / (red + blue), blue / (red + blue)]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    import tensorflow as tf

    class Judge(tf.Module):
        def __init__(self):
            self.scale = tf.Variable(1 / 255)  # variables must survive the export, too

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
        def serve(self, image_bytes):
            def one(data):
                image = tf.io.decode_image(data, channels=3, expand_animations=False)
                mean = tf.reduce_mean(tf.cast(image, tf.float32) * self.scale, axis=(0, 1))
                return tf.stack([mean[0], mean[2]]) / (mean[0] + mean[2])

            return {"probabilities": tf.map_fn(one, image_bytes, fn_output_signature=tf.TensorSpec([2], tf.float32))}

    folder = tmp_path_factory.mktemp("model")
    judge = Judge()
    tf.saved_model.save(judge, str(folder / "saved_model"), signatures={"serving_default": judge.serve})
    return folder


@pytest.fixture
def paths(tmp_path, model_folder, make_model, make_score, make_evaluation):
    """Raw files (name -> bytes) and the answers that were judged -> the arguments of run."""

    def written(files, judged, ids=None, labels=NAMES, folder=model_folder):
        raw = tmp_path / "raw"
        raw.mkdir()
        for name, data in files.items():
            (raw / name).write_bytes(data)
        count = len(files)
        given = Predictions(
            names=NAMES, ids=tuple(ids or map(digest.of_bytes, files.values())),
            uris=tuple(str(raw / name) for name in files), sources=("",) * count, groups=("",) * count,
            labels=np.argmax(judged, axis=1), probabilities=np.array(judged, dtype=float),
        )  # fmt: skip
        model, evaluation, verification = (str(tmp_path / name) for name in ("m.json", "e.json", "verification.json"))
        predictions.write(given, str(tmp_path / "judged.parquet"))
        make_model(folder, labels=labels).write(model)
        score = make_score(dict.fromkeys(NAMES, 1.0), predictions_uri=str(tmp_path / "judged.parquet"))
        make_evaluation(score).write(evaluation)
        return model, evaluation, str(tmp_path / "data"), verification

    return written


def encoded(colour, kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), colour).save(buffer, kind)
    return buffer.getvalue()


FILES = {f"{number} [a] 아.png": encoded(colour) for number, colour in enumerate(COLOURS)}
ANSWERS = [true_answer(colour) for colour in COLOURS]


def test_an_export_that_answers_as_it_was_judged_passes_once(paths, tmp_path, monkeypatch):
    files = {
        **FILES, "new.avif": encoded((20, 20, 200), "AVIF"), "changed.png": encoded((1, 2, 3)),
        "gone": encoded((4, 5, 6)),
    }  # fmt: skip
    ids = [*map(digest.of_bytes, list(files.values())[:7]), "another digest", "gone"]
    arguments = paths(files, [*ANSWERS, *[[0.1, 0.9]] * 3], ids)
    (tmp_path / "raw" / "gone").unlink()
    run(*arguments)
    verification = Verification.read(arguments[-1])
    assert (verification.images, verification.same_answers) == (6, 1.0)
    assert verification.max_difference < 1e-5
    assert verification.left_out == {"not decodable by TensorFlow": 1, "raw file changed": 1, "raw file gone": 1}

    def started(*_, **__):
        raise AssertionError("a process was started although the result is there")

    monkeypatch.setattr(subprocess, "run", started)
    run(*arguments)
    assert Verification.read(arguments[-1]) == verification


def test_an_export_that_answers_otherwise_is_refused(paths, tmp_path):
    # The answers are those of the right model, its two brands exchanged.
    arguments = paths(FILES, ANSWERS, labels=NAMES[::-1])
    with pytest.raises(BrandlensError, match="6 of 6 images get another brand"):
        run(*arguments)
    assert not (tmp_path / "verification.json").exists()
    assert not list((tmp_path / "data").rglob("verification.json"))


def test_when_no_raw_file_is_what_it_was_nothing_is_verified(paths):
    with pytest.raises(BrandlensError, match="raw file changed: 6"):
        run(*paths(FILES, ANSWERS, ids=["other"] * 6))


def test_a_model_that_cannot_be_loaded_is_named(paths, tmp_path):
    with pytest.raises(BrandlensError, match=r"cannot be loaded and asked .* holds no saved_model\.pb"):
        run(*paths(FILES, ANSWERS, folder=tmp_path))


def test_the_other_process_imports_nothing_of_ours():
    tree = ast.parse(inspect.getsource(serve))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"__future__", "json", "sys", "pathlib", "typing", "tensorflow"}
