"""A trial learns from stored features what Keras's own loop learns from pixels, as the final training does."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from tuning import augmented, backbones, batches, bench, feed, heads, model, objective, weights
from tuning.augmentation import STRENGTHS
from tuning.files import Folder
from tuning.in_process import InProcessSource
from tuning.model import Hyperparameters
from tuning.trial import TrialSettings

SIDE, BATCH, EPOCHS, SEED = 32, 8, 2, 5
HEAD = Hyperparameters(
    0, 16, 0.0, 0.003, backbone_rate=0.3, weight_decay=8.0, label_smoothing=0.2, balancing="class_weights"
)
DEEP = replace(HEAD, unfrozen_stages=1, learning_rate=0.002)
# Hyperparameters that a wrong step could leave out, and values with which it would seem to have done so.
OTHERS = {"weight_decay": 0.0, "label_smoothing": 0.0, "balancing": "none", "backbone_rate": 0.03, "mixup": 0.0}


@pytest.fixture(scope="module")
def images():
    """Of two classes, a third and two thirds of them, that differ in colour."""
    labels = np.arange(24) % 3 % 2
    pixels = np.random.default_rng(2).uniform(0, 160, (24, SIDE, SIDE, 3))
    pixels[np.arange(24), :, :, 2 * labels] += 60
    return pixels.astype("uint8"), labels


@pytest.fixture(scope="module")
def network(images):
    """mobilenet_v2 whose BatchNormalization knows these images."""
    backbone = backbones.get("mobilenet_v2")
    made = weights.load(backbone, weights.resolve(backbone, "none"), SIDE, seed=1)
    normalizations = [layer for layer in made.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalizations:
        layer.trainable, layer.momentum = True, 0.0
    made(images[0].astype("float32"), training=True)
    assert all(float(keras.ops.std(layer.moving_mean)) > 0 for layer in normalizations)
    return made


@pytest.fixture
def searched(network, images, tmp_path):
    """(point) -> the trial's weights after its last epoch, the head's first."""
    backbone = backbones.get("mobilenet_v2")
    splits = {split: lambda _side: [images] for split in ("training", "validation")}
    source = InProcessSource(lambda _side: network, backbone, splits, str(tmp_path))
    settings = TrialSettings(EPOCHS, BATCH, "balanced_accuracy", SEED, head_steps=0)
    made = bench.Bench(lambda _side: network, backbone, source, 2, settings, 16, Folder(tmp_path))

    def learned(point):
        training = made._training([point], lambda _text: None)
        while not training.ended:
            training.epoch()
        arrays = [np.array(weight) for weight in training._stepper.state.weights]
        return [*heads.cut(arrays[:5], point), *arrays[5:]]

    return learned


def trained_by_keras(network, images, point):
    """The same weights of the model that the final training fits, after the same batches."""
    start, (pixels, labels) = network.get_weights(), images
    parts = model.split(network, backbones.get("mobilenet_v2"), point.unfrozen_stages)
    classifier = model.classifier(parts, 2, point, SEED)
    steps = EPOCHS * batches.steps(len(labels), BATCH)
    learner = augmented.maker(classifier.whole, point, STRENGTHS["none"], steps, SEED, compiles=False)(1)
    by_class = np.array(list(objective.class_weights([16, 8]).values()))
    for epoch in range(EPOCHS):
        order = batches.order(labels, SEED, epoch, balanced=False)
        for rows in np.split(order, len(order) // BATCH):
            weight = by_class[labels[rows]] if point.balancing == "class_weights" else None
            learner.train_on_batch(pixels[rows].astype("float32"), np.eye(2)[labels[rows]], sample_weight=weight)
    found = [np.array(weight) for weight in _weights(classifier, parts)]
    network.set_weights(start)
    return found


def _weights(classifier, parts):
    head = [weight for weight in classifier.trainable.trainable_variables if weight.path.startswith("head_")]
    return [*head, *(parts.unfrozen.trainable_variables if parts.unfrozen else [])]


def furthest(ones, others):
    """The greatest difference of any weight."""
    assert [one.shape for one in ones] == [other.shape for other in others]
    return max(np.abs(one - other).max() for one, other in zip(ones, others, strict=True))


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("point", [HEAD, DEEP], ids=["head", "deep"])
def test_a_trial_learns_what_keras_learns_from_pixels(searched, network, images, point, optimizer):
    point = replace(point, optimizer=optimizer, learning_rate=point.learning_rate * (5 if optimizer == "sgd" else 1))
    assert np.bincount(images[1]).tolist() == [16, 8]
    found = searched(point)
    assert furthest(found, trained_by_keras(network, images, point)) < 1e-4
    for name, value in OTHERS.items():
        if (name != "backbone_rate" or point.unfrozen_stages) and value != getattr(point, name):
            assert furthest(found, searched(replace(point, **{name: value}))) > 1e-3, name


def test_a_trial_with_mixup_learns_from_the_blends_that_its_seed_draws(searched, network, images):
    """By hand: a head on the stored vectors, whose loss is linear in the labels."""
    point = replace(HEAD, mixup=0.5)
    found, labels = searched(point), images[1]
    parts = model.split(network, backbones.get("mobilenet_v2"), 0)
    classifier = model.classifier(parts, 2, point, SEED)
    vectors = parts.features.predict(images[0].astype("float32"), verbose=0)
    learner = augmented.maker(classifier.trainable, point, STRENGTHS["none"], 6, SEED, compiles=False)(1)
    by_class = np.array(list(objective.class_weights([16, 8]).values()))
    drawn = feed.Feed(None, [point], SEED, 6)
    for epoch in range(EPOCHS):
        order = batches.order(labels, SEED, epoch, balanced=False)
        for number, rows in enumerate(np.split(order, 3)):
            share = float(drawn._mixup_share(3 * epoch + number)[0])
            across, blend = rows[::-1], share * vectors[rows] + (1 - share) * vectors[rows[::-1]]
            both = np.concatenate([blend, blend]), np.eye(2)[labels[np.concatenate([rows, across])]]
            parts_of = np.concatenate([share * by_class[labels[rows]], (1 - share) * by_class[labels[across]]])
            learner.train_on_batch(*both, sample_weight=2 * parts_of)  # a mean over twice as many rows
    assert furthest(found, [np.array(weight) for weight in _weights(classifier, parts)]) < 1e-4
    assert furthest(found, searched(HEAD)) > 1e-3
