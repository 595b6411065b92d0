import runpy
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tuning import augmented, backbones, bench, interruption, model, weights
from tuning.augmentation import STRENGTHS
from tuning.epochs import Epochs
from tuning.files import Folder
from tuning.model import Hyperparameters
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


@pytest.fixture
def start(small_network):
    """(depth, head width, learning rate, batch size, ...) -> a fresh classifier and what fit needs of it."""
    backbone, network = small_network

    def make(training, depth=0, width=0, rate=0.01, batch_size=16, epochs=4, mixup=0.0):
        network.set_weights(weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1).get_weights())
        point = Hyperparameters(depth, width, 0.1, rate)
        whole = model.classifier(model.split(network, backbone, depth), 2, point, 1).whole
        size = int(training.cardinality())
        make_learner = augmented.maker(
            whole, point, STRENGTHS["light"], epochs * -(-size // batch_size), seed=3, compiles=False
        )
        return whole, make_learner, Epochs(training, [size // 2, size // 2], batch_size, 3, mixup=mixup)

    return make


@pytest.fixture
def asked_to_end(monkeypatch):
    """(look) -> a context in which a training finds at its so many-th look that it is asked to end, and ends so."""

    @contextmanager
    def at(look):
        with monkeypatch.context() as patched:
            # A signal's effect, at a moment that is known: the real signal is sent to the step.
            patched.setattr(interruption, "noticed", lambda: _Asked(look))
            with pytest.raises(interruption.Interrupted):
                yield

    return at


class _Asked:
    """What interruption.noticed gives; set when it is looked at for the last time."""

    def __init__(self, last):
        self.looks = 0
        self.last = last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def is_set(self):
        self.looks += 1
        return self.looks >= self.last
