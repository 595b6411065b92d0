"""A process that the tests of processes start: folder of the cache, and what to do with it."""

import sys

import keras
import numpy as np

from tuning import backbones, model, weights
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.store.planning import Demand
from tuning.store.source import StoredSource, StoreSettings

VGG16 = backbones.get("vgg16")
DEPTH = 1


def network(side_px):
    return weights.load(VGG16, weights.resolve(VGG16, "none"), side_px, seed=1)


def block(number, images=40):
    """Images of a block that only its number decides."""
    pixels = np.random.default_rng(number).integers(0, 255, (images, 32, 32, 3)).astype("uint8")
    names = tuple(f"{number}/{place}" for place in range(images))
    labels = {name: place % 2 for place, name in enumerate(names)}
    return ChosenImages(ArrayBlock(f"a/train-{number:05d}", names, pixels), labels)


def source(folder):
    blocks = [block(number) for number in range(6)]
    return StoredSource(
        VGG16, network, address.origin(VGG16, "none-seed1"), {"training": blocks, "validation": blocks[:1]},
        MappedFolder(folder), Demand({DEPTH: 1e9}), StoreSettings("float32"), lambda _text: None,
    )  # fmt: skip


def losses(features):
    parts = model.split(network(32), VGG16, DEPTH)
    learner = model.classifier(parts, 2, model.Hyperparameters(DEPTH, 0, 0.0, 0.01), seed=1).trainable
    learner.layers[-1].set_weights([np.linspace(-10, 10, 1024).reshape(512, 2), np.zeros(2)])  # on every backend
    learner.compile(keras.optimizers.SGD(0.003), "sparse_categorical_crossentropy", jit_compile=False)
    rows, labels = features.activations[0], features.labels
    batches = [np.arange(start, start + 8) for start in (0, 40, 80)]
    return [float(learner.train_on_batch(rows[batch], labels[batch])) for batch in batches]


def main(folder, task):
    made = source(folder)
    found = made.at(DEPTH, 32)
    print(*losses(found["training"])) if task == "train" else print(made.report.tally.computed_images)


if __name__ == "__main__":
    main(*sys.argv[1:])
