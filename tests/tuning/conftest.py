import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tuning import backbones, bench, weights
from tuning.files import Folder
from tuning.trial import TrialSettings

TOY = runpy.run_path(str(Path(__file__).with_name("search_child.py")))


@pytest.fixture(scope="session")
def small_network():
    """VGG16 on 32 pixels with random weights: small enough for every test; its weights may be changed by tests."""
    backbone = backbones.get("vgg16")
    return backbone, weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)


@pytest.fixture
def two_brands():
    """Makes n images (n, 32, 32, 3) uint8 of two classes: reddish and bluish noise, with their labels."""

    def make(n, seed=0):
        generator = np.random.default_rng(seed)
        labels = np.arange(n) % 2
        images = generator.uniform(0, 160, (n, 32, 32, 3))
        images[np.arange(n), :, :, 2 * labels] += 60
        return images.astype("uint8"), labels

    return make


@pytest.fixture
def dataset_of(two_brands):
    def make(n, seed=0):
        return tf.data.Dataset.from_tensor_slices(two_brands(n, seed))

    return make


@pytest.fixture
def make_bench(tmp_path):
    """(folder of the state, **changes of the settings) -> a bench of the toy backbone, 4 steps in each of 4 epochs."""
    settings = TrialSettings(4, 16, "balanced_accuracy", seed=5)

    def make(folder="state", **changes):
        net = TOY["network"]()
        (tmp_path / "features").mkdir(exist_ok=True)
        source, files = TOY["source"](str(tmp_path / "features"), net), Folder(tmp_path / folder)
        return bench.Bench(lambda _side: net, TOY["BACKBONE"], source, 2, replace(settings, **changes), 4, files)

    return make
