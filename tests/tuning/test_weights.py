import hashlib
import json
import urllib.request

import numpy as np
import pytest

from tuning import weights
from tuning.backbones import get

VGG = get("vgg16")


@pytest.fixture(scope="module")
def saved(small_network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.weights.h5"
    small_network[1].save_weights(path)
    return path


@pytest.fixture
def store(saved, tmp_path):
    (tmp_path / "vgg16.weights.h5").write_bytes(saved.read_bytes())
    digest = hashlib.sha256(saved.read_bytes()).hexdigest()
    record = {"backbone": "vgg16", "file": "vgg16.weights.h5", "sha256": digest, "provenance": "made for a test"}
    (tmp_path / "vgg16.json").write_text(json.dumps(record))
    return tmp_path


def test_the_store_is_asked_before_keras_downloads(store):
    found = weights.resolve(VGG, "imagenet", store)
    assert (found.source, found.provenance) == ("store", "made for a test")
    assert found.digest == hashlib.sha256((store / "vgg16.weights.h5").read_bytes()).hexdigest()
    assert weights.resolve(get("xception"), "imagenet", store).source == "imagenet"


def test_a_named_file_comes_before_the_store(store, saved):
    found = weights.resolve(VGG, str(saved), store)
    assert (found.source, found.path) == ("path", saved)


def test_random_weights_are_had_only_by_their_name(store):
    assert weights.resolve(VGG, "none", store).source == "none"


@pytest.mark.parametrize("spec", ["imagenet", "file"])
def test_stored_and_named_weights_are_loaded_as_they_were_saved(store, saved, small_network, spec):
    found = weights.resolve(VGG, "imagenet" if spec == "imagenet" else str(saved), store)
    loaded = weights.load(VGG, found, 48, seed=9)  # at another side than they were saved at
    reference = weights.build(VGG, 32)
    reference.load_weights(saved)
    assert all(np.array_equal(a, b) for a, b in zip(loaded.get_weights(), reference.get_weights(), strict=True))


def test_a_stored_file_that_was_changed_is_refused(store):
    with (store / "vgg16.weights.h5").open("ab") as file:
        file.write(b"x")
    with pytest.raises(weights.WeightsUnavailableError, match=r"was changed: .* run `brandlens weights` again"):
        weights.resolve(VGG, "imagenet", store)


def test_a_damaged_record_is_refused(store):
    (store / "vgg16.json").write_text("{")
    with pytest.raises(weights.WeightsUnavailableError, match=r"record .*vgg16\.json cannot be used"):
        weights.resolve(VGG, "imagenet", store)


def test_a_file_that_is_not_there_is_named_with_the_remedies():
    with pytest.raises(weights.WeightsUnavailableError, match=r"not at /no/file\.h5\. Run `brandlens.*weights: none"):
        weights.resolve(VGG, "/no/file.h5")


def test_weights_of_another_network_are_refused(saved):
    found = weights.resolve(get("mobilenet_v2"), str(saved))
    with pytest.raises(weights.WeightsUnavailableError, match="does not hold weights of mobilenet_v2"):
        weights.load(get("mobilenet_v2"), found, 32, seed=1)


def test_a_download_that_fails_names_its_cause_and_the_three_remedies(tmp_path, monkeypatch):
    from keras.src.utils import file_utils

    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setattr(urllib.request, "_opener", None)  # which may have been made without the proxy
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))  # nor was it downloaded before
    found = weights.resolve(VGG, "imagenet", tmp_path)
    with pytest.raises(weights.WeightsUnavailableError) as failure:
        weights.load(VGG, found, 32, seed=1)
    for part in ("could not be downloaded by Keras", "refused", "brandlens weights", "search.weights", "weights: none"):
        assert part in str(failure.value)


def test_the_store_lies_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("BRANDLENS_WEIGHTS", str(tmp_path / "a"))
    assert weights.store_folder() == tmp_path / "a"
    monkeypatch.delenv("BRANDLENS_WEIGHTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights.store_folder() == tmp_path / "brandlens" / "weights"


def test_random_weights_depend_on_the_seed_alone():
    none = weights.resolve(VGG, "none")
    first, same, other = (weights.load(VGG, none, 32, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])
