"""Training from stored features is training from pixels, not an approximation of it."""

import keras
import numpy as np
import pytest

from tuning import backbones, bench, model, weights
from tuning.files import Folder
from tuning.store import address, costs
from tuning.store.files import MappedFolder
from tuning.store.planning import Demand
from tuning.store.source import StoredSource, StoreSettings
from tuning.trial import TrialSettings

STEPS, BATCH = 2, 8


def losses(learner, rows, labels):
    """Of a few steps of plain gradient descent on batches in a fixed order."""
    # Eagerly: tracing a graph for three steps takes longer than they do.
    learner.compile(keras.optimizers.SGD(0.003), "sparse_categorical_crossentropy", run_eagerly=True)
    order = np.random.default_rng(3).permutation(len(labels))
    batches = [order[step * BATCH : (step + 1) * BATCH] for step in range(STEPS)]
    return [float(learner.train_on_batch(rows[batch], labels[batch])) for batch in batches]


@pytest.mark.parametrize("name", backbones.NAMES)
def test_losses_from_stored_features_are_those_from_pixels(name, make_block, tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "disk_speeds", lambda _folder: (1e12, 1e12))  # so that every cut is kept
    backbone = backbones.get(name)
    side = max(32, backbone.min_side_px)
    network = weights.load(backbone, weights.resolve(backbone, "none"), side, seed=1)
    start = network.get_weights()
    training = [make_block("a/train-00000", 11, 1, side), make_block("a/train-00001", 5, 2, side)]
    # ConvNeXt's wide convolutions take seconds a step on a CPU.
    depths = (0, 2) if name == "convnext_tiny" else (0, 1, len(backbone.stages) // 2)
    source = StoredSource(
        backbone, lambda _side_px: weights.load(backbone, weights.resolve(backbone, "none"), side, seed=1),
        address.origin(backbone, "none-seed1"), {"training": training, "validation": training},
        MappedFolder(tmp_path), Demand(dict.fromkeys(depths, 1e6)), StoreSettings("float32"), lambda _text: None,
    )  # fmt: skip
    images = np.concatenate([chosen.block.images for chosen in training]).astype("float32")
    for depth in depths:
        features = source.at(depth, side)["training"]
        assert address.cut_name(backbone, depth) in source.report.plans[side].kept
        found = {}
        for kind, rows in (("whole", images), ("trainable", features.activations[0])):
            network.set_weights(start)
            parts = model.split(network, backbone, depth)
            point = model.Hyperparameters(depth, 4, 0.3, 0.01)
            found[kind] = losses(getattr(model.classifier(parts, 2, point, seed=1), kind), rows, features.labels)
        np.testing.assert_allclose(found["trainable"], found["whole"], rtol=2e-4)
        assert len(set(found["whole"])) == STEPS


def test_half_precision_changes_scores_less_than_another_seed_does(make_source, make_block, frozen_network, tmp_path):
    splits = {
        "training": [make_block("a/train-00000", 160, 1, tint=6)],
        "validation": [make_block("a/v", 120, 2, tint=6)],
    }
    point, scores = model.Hyperparameters(0, 0, 0.0, 0.003, image_side_px=32), {}
    for dtype in ("float16", "float32"):
        source = make_source(depths=(0,), splits=splits, settings={"dtype": dtype})
        assert source.at(0, 32)["training"].activations[0].dtype == dtype
        scores[dtype] = np.array([score(source, frozen_network, point, seed, tmp_path / dtype) for seed in range(6)])
    assert 0.6 < scores["float32"].mean() < 0.98  # neither guessing nor too easy to tell anything
    assert np.abs(scores["float16"] - scores["float32"]).mean() < scores["float32"].std()


def score(source, network, point, seed, folder):
    """Balanced accuracy of a trial of the search."""
    settings = TrialSettings(20, 16, "balanced_accuracy", seed, head_steps=0)
    vgg16, files = backbones.get("vgg16"), Folder(folder / str(seed))
    return bench.Bench(lambda _side: network, vgg16, source, 2, settings, 1, files).run(point, lambda _text: None).score
