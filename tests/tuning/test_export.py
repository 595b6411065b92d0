import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tuning import export, model
from tuning.model import Hyperparameters

STORED_PX = 40  # the model works at 32: the export must resize twice, as preprocessing and the reader do

ALONE = """
import sys, pathlib
import numpy as np, tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures['serving_default']
answer = serve(image_bytes=tf.constant([pathlib.Path(sys.argv[2]).read_bytes()]))
np.save(sys.argv[3], answer['probabilities'].numpy())
assert not any(name.split('.')[0] in ('tuning', 'components') for name in sys.modules)
print(answer['label'].numpy()[0].decode())
"""


@pytest.fixture(scope="module")
def exported(small_network, tmp_path_factory):
    backbone, network = small_network
    whole = model.classifier(model.split(network, backbone, 1), 2, Hyperparameters(1, 4, 0.2, 0.01), seed=1).whole
    kernel = whole.weights[-2]
    kernel.assign(30 * kernel)  # so that images are told apart clearly
    folder = str(tmp_path_factory.mktemp("exported"))
    export.save(whole, folder, ("acme", "zeta"), STORED_PX)
    return whole, folder


def photographs(n):
    generator = np.random.default_rng(0)
    return [
        Image.fromarray(generator.integers(0, 255, (2, 2, 3), "uint8")).resize((80, 60), Image.Resampling.BICUBIC)
        for _ in range(n)
    ]


def file_of(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def by_pillow(image):
    """What the model was trained on: stored by Pillow, then resized."""
    from tuning import pixels

    stored = np.asarray(image.resize((STORED_PX, STORED_PX), Image.Resampling.LANCZOS))
    return np.asarray(pixels.resize(np.array(stored), 32))


def test_the_keras_file_answers_as_the_model_that_was_saved(exported):
    whole, folder = exported
    images = np.stack([by_pillow(image) for image in photographs(3)])
    loaded = export.load_keras(folder)
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), whole.predict(images, verbose=0))


def test_raw_bytes_are_answered_as_the_pixels_that_preprocessing_stores(exported):
    whole, folder = exported
    images = photographs(5)
    served = export.load_serving(folder)([file_of(image) for image in images])
    expected = whole.predict(np.stack([by_pillow(image) for image in images]), verbose=0)
    assert served.dtype == np.float32
    np.testing.assert_allclose(served, expected, atol=2e-3)
    assert np.ptp(expected[:, 0]) > 0.02  # the images are told apart: a constant answer would not do


def test_images_of_different_sizes_and_formats_are_served_together(exported):
    _, folder = exported
    first, second = photographs(2)
    upside_down = Image.Exif()
    upside_down[0x0112] = 3
    serve = export.load_serving(folder)
    together = serve([
        file_of(first), file_of(second.resize((33, 57)), "BMP"),
        file_of(first.rotate(180), "JPEG", quality=98, subsampling=0, exif=upside_down.tobytes()),
    ])  # fmt: skip
    np.testing.assert_allclose(together[2], together[0], atol=1e-2)
    np.testing.assert_allclose(together[0], serve([file_of(first)])[0], atol=1e-6)


def test_many_files_are_served_in_several_calls_and_none_in_one(exported):
    _, folder = exported
    serve, files = export.load_serving(folder), [file_of(image) for image in photographs(2)] * 35
    answers = serve(files)
    assert answers.shape == (70, 2)
    np.testing.assert_allclose(answers[:2], answers[68:], atol=1e-6)
    assert serve([]).shape == (0, 2)


def test_a_fresh_process_serves_without_our_code(exported, tmp_path):
    _, folder = exported
    (tmp_path / "photo.png").write_bytes(file_of(photographs(1)[0]))
    paths = [f"{folder}/saved_model", str(tmp_path / "photo.png"), str(tmp_path / "answer.npy")]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *paths], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    here = export.load_serving(folder)([(tmp_path / "photo.png").read_bytes()])
    np.testing.assert_allclose(np.load(paths[2]), here, atol=1e-6)
    assert done.stdout.strip() == ("acme", "zeta")[int(here.argmax())]


def test_labels_that_do_not_match_the_classes_are_refused(exported, tmp_path):
    with pytest.raises(ValueError, match="2 classes apart, but 3 labels"):
        export.save(exported[0], str(tmp_path), ("a", "b", "c"), STORED_PX)
