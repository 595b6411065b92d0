import numpy as np
import pytest

from components import datasets, registry, runs, storage
from components.artifacts import (
    FrozenPart,
    Hyperparameters,
    RegisteredModel,
    SearchResult,
    Snapshot,
    Trial,
    WeightsInfo,
)
from components.config import SearchConfig, TrainConfig
from components.train import network, validation
from components.train.task import Task
from tuning import backbones, export, frozen, weights
from tuning.store import costs


@pytest.fixture(autouse=True)
def free_disk(monkeypatch):
    """Reading costs next to nothing, however busy this machine's disk is."""
    monkeypatch.setattr(costs, "disk_speeds", lambda _folder: (1e12, 1e12))


@pytest.fixture
def make_task(make_snapshot, tmp_path):
    """(depth, ...) -> a training of vgg16 from random weights on the snapshot of the raw folder."""
    snapshot = Snapshot.read(make_snapshot(32))

    def make(depth=1, former=None, **features):
        point = Hyperparameters(unfrozen_stages=depth, head_width=4, dropout=0.1, learning_rate=0.01)
        trial = Trial(
            trial_id="001", status="completed", score=1.0, hyperparameters=point, epochs=1, curve=(1.0,), seconds=1.0
        )
        found = weights.resolve(backbones.get("vgg16"), "none")
        search = SearchResult(
            snapshot_id=snapshot.snapshot_id, backbone="vgg16",
            weights=WeightsInfo(backbone="vgg16", source="none", digest="none", provenance="random", spec="none"),
            image_side_px=32, objective="balanced_accuracy", best=trial, trials=(trial,), seconds=1.0,
        )  # fmt: skip
        root = str(tmp_path / "root")
        settings = SearchConfig(unfrozen_stages=(0, 1, 2), features={"dtype": "float32", **features})
        return Task(snapshot, search, TrainConfig(), settings, found, former, 5, root, storage.join(root, "train/x"))

    return make


@pytest.fixture
def opened(tmp_path):
    """Task -> its network, what validation reads, and what the record says."""

    def call(task):
        record = runs.Recorder("train", "", task.data_root)
        made = network.build(task, record)
        return made, validation.features(task, made, record), record.record("succeeded", 0.0).facts

    return call


@pytest.mark.parametrize(("depth", "cut"), [(0, "pooled"), (1, "block4")])
def test_the_validation_answers_are_those_of_the_whole_model_from_pixels(make_task, opened, depth, cut):
    task = make_task(depth)
    made, features, facts = opened(task)
    assert facts["validation_reads"] == f"stored features at {cut}"
    answers = made.classifier.trainable.predict(features.activations[0][:], verbose=0)
    items = list(datasets.load_split(task.snapshot, "validation", 32).as_numpy_iterator())
    images, labels = (np.stack([item[name] for item in items]) for name in ("image", "label"))
    expected = made.classifier.whole.predict(images.astype("float32"), verbose=0)
    assert len(answers) == len(expected) == sum(task.snapshot.counts["validation"].values())
    for label in (0, 1):  # rows come in another order: each class's answers, sorted
        found = np.sort(answers[features.labels == label][:, 0])
        wanted = np.sort(expected[labels == label][:, 0])
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert np.ptp(expected[:, 0]) > 1e-4  # or the order would tell nothing


def test_what_the_search_stored_is_found(make_task, opened, monkeypatch):
    _, first, _ = opened(make_task())
    made = network.build(make_task(), runs.Recorder("train", ""))
    monkeypatch.setattr(weights, "load", None)  # computing would need it
    record = runs.Recorder("train", "")
    again = validation.features(make_task(), made, record)
    np.testing.assert_array_equal(again.activations[0][:], first.activations[0][:])
    facts = record.record("succeeded", 0.0).facts["features"]
    assert (facts["computed_images"], facts["found_images"]) == (0, len(again.labels))


@pytest.mark.parametrize(
    ("depth", "settings", "why"),
    [(5, {}, "nothing of the network is frozen"), (1, {"after_search": False}, "search.features.after_search is off")],
)
def test_where_features_would_not_serve_the_images_are_read(make_task, opened, depth, settings, why):
    _, features, facts = opened(make_task(depth, **settings))
    assert features is None
    assert facts == {"validation_reads": "images", "validation_reads_why": why}


def test_a_full_disk_does_not_stop_a_training(make_task, opened, tmp_path):
    task = make_task()
    (tmp_path / "root" / "features").write_text("a file where the folder should be")
    _, features, facts = opened(task)
    assert features is None
    assert facts["validation_reads_why"].startswith("the feature cache cannot be used")


@pytest.mark.parametrize(("depth_before", "reads"), [(1, "stored features at block4"), (2, "images")])
def test_after_a_champion_features_serve_only_what_it_left_as_it_was(
    make_task, opened, make_model, tmp_path, depth_before, reads
):
    champion = make_task(depth_before)
    made = network.build(champion, runs.Recorder("train", ""))
    for variable in made.classifier.whole.trainable_variables:
        variable.assign_add(np.full(variable.shape, 1e-3))
    export.save(made.classifier.whole, str(tmp_path / "model"), champion.snapshot.labels, 32)
    model = make_model(
        tmp_path / "model", "champion", champion.snapshot.labels, backbone="vgg16", frozen=made.frozen,
        hyperparameters=champion.chosen.best.hyperparameters,
    )  # fmt: skip
    root = str(tmp_path / "registry")
    former: RegisteredModel = registry.register(root, model)
    assert former.frozen == made.frozen
    new, _, facts = opened(make_task(1, former=former))
    assert facts["validation_reads"] == reads
    assert new.starts_frozen == (depth_before == 1)
    assert new.frozen == network.build(make_task(1), runs.Recorder("train", "")).frozen  # the starting weights'


def test_the_frozen_part_is_named_as_the_search_names_it(make_task, opened):
    made, _, _ = opened(make_task())
    halves = frozen.Halves.of(made.classifier.whole)
    assert made.frozen == FrozenPart(weights="none-seed5", digest=frozen.digest_of(halves.features))
