import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from components import datasets, digest, registry, runs
from components.artifacts import (
    Hyperparameters,
    SearchResult,
    Selection,
    Snapshot,
    TrainedHead,
    TrainedModel,
    Trial,
    WeightsInfo,
)
from components.errors import InputError, UnavailableError
from components.train import step, training
from components.tune import step as tune
from tuning import export, heads, model
from tuning.files import Folder
from tuning.store import costs
from tuning.trained_heads import TrainedHeads

SEARCH = {"features": {"dtype": "float32"}}
TRAIN = {"epochs": 2.0, "patience": 2.0, "batch_size": 8.0}


@pytest.fixture
def snapshot_path(make_snapshot):
    return make_snapshot(40)


@pytest.fixture
def train(snapshot_path, tmp_path):
    def call(digest="none", head=None, rate=0.01, head_steps=200, unfrozen_stages=1, **changes):
        point = Hyperparameters(unfrozen_stages=unfrozen_stages, head_width=4, dropout=0.1, learning_rate=rate)
        trial = Trial(
            trial_id="001", status="completed", score=1.0, hyperparameters=point, epochs=1, curve=(1.0,), seconds=1.0
        )
        weights = WeightsInfo(backbone="vgg16", source="none", digest=digest, provenance="random", spec="none")
        search = SearchResult(
            snapshot_id=Snapshot.read(snapshot_path).snapshot_id, backbone="vgg16", weights=weights, image_side_px=32,
            objective="balanced_accuracy", best=trial, trials=(trial,), seconds=1.0, head=head,
        )  # fmt: skip
        Selection(best=search, searches=(search,)).write(str(tmp_path / "selection.json"))
        step.run(
            snapshot_path, str(tmp_path / "selection.json"), str(tmp_path / "root"), {**TRAIN, **changes},
            {**SEARCH, "head_steps": head_steps}, 5, str(tmp_path / "model.json"),
        )  # fmt: skip
        return TrainedModel.read(str(tmp_path / "model.json"))

    return call


def test_a_training_tells_its_best_score_and_leaves_curves_and_what_it_took(train, tmp_path, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    monkeypatch.setenv(runs.RUN_FOLDER, str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    scores, fit = [0.5, 0.9, 0.7], training.fit.fit

    def scored(*given):
        *others, on_epoch, trainable = given
        return fit(*others, lambda row: on_epoch(replace(row, objective=scores[row.epoch - 1])), trainable)

    monkeypatch.setattr(training.fit, "fit", scored)
    trained = train(epochs=3.0, patience=3.0)
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    told = [event["best"] for event in events if event.get("unit") == "epochs"]
    assert told == [0.5, 0.9, 0.9]
    files = list((tmp_path / "root" / "train" / trained.model_id / "tensorboard").rglob("events.out.tfevents.*"))
    steps = {
        Event.FromString(record).step
        for path in files
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    }
    assert steps - {0} == {1, 2, 3}
    assert trained.cpu_s > 0


def test_what_killed_attempts_took_is_counted_and_a_state_that_was_left_goes(train, tmp_path, killed_before):
    first = train()
    place = tmp_path / "root" / "train" / first.model_id
    killed_before(place, "model.json")
    again = train()
    assert 36000 < again.seconds < 36000 + 600
    assert again.cpu_s > 70000
    (place / "state").mkdir()
    (place / "state" / "state.npz").write_bytes(b"left by a kill after publishing")
    (place / "models" / "others").mkdir()
    (place / "models" / "others" / "model.keras").write_bytes(b"the same")
    assert train() == again
    assert not (place / "state").exists()
    assert [str(path) for path in (place / "models").iterdir()] == [again.uri]


def test_a_training_goes_on_from_the_champion_if_that_is_asked_for_and_of_its_kind(train, tmp_path):
    root, rate = str(tmp_path / "root"), 1e-9  # so that it ends where it begins
    champion = train(rate=0.05, epochs=3)
    registry.crown(root, registry.register(root, champion), None)
    fresh, warm = train(rate=rate, epochs=1), train(rate=rate, epochs=1, warm_start="champion")
    assert fresh.model_id != warm.model_id
    was, unlike, like = (export.load_keras(one.uri).get_weights() for one in (champion, fresh, warm))
    for before, after in zip(was, like, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-5)
    assert max(np.abs(before - after).max() for before, after in zip(was, unlike, strict=True)) > 1e-3


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_model_that_was_trained_in_half_precision_is_served_in_float32(train, snapshot_path, precision):
    exact, half = train(epochs=1), train(epochs=1, precision=precision)
    assert exact.model_id != half.model_id
    made = export.load_keras(half.uri)
    assert {layer.compute_dtype for layer in made._flatten_layers() if layer.weights} == {"float32"}
    images = np.stack([item["image"] for item in datasets.load_split(Snapshot.read(snapshot_path), "train", 32)])
    expected = export.load_keras(exact.uri).predict(images, verbose=0)
    np.testing.assert_allclose(made.predict(images, verbose=0), expected, atol=0.1)
    assert np.isfinite(half.history[0].train_loss)


def test_a_model_is_trained_once_and_found_again(train):
    first = train()
    assert train() == first  # with the first one's seconds
    assert f"train/{first.model_id}/models/" in first.uri
    assert [row.epoch for row in first.history] == [1, 2]
    assert train(epochs=1).model_id != first.model_id


@pytest.fixture
def head(tmp_path):
    """What a search hands on of its heads, and the numbers in it."""
    point = model.Hyperparameters(unfrozen_stages=0, head_width=4, dropout=0.1, learning_rate=0.01)
    arrays = heads.initial(1024, 2, point, seed=9)  # vgg16's 512 channels, their averages and maxima
    stack = [array[np.newaxis] for array in heads.padded(arrays, 1024, 4, point)]
    kept = TrainedHeads(Folder(tmp_path / "heads"))
    kept.keep([point], [1.0], stack)
    content = kept.file(point)
    (tmp_path / "root").mkdir(exist_ok=True)
    (tmp_path / "root" / "head.npz").write_bytes(content)
    return TrainedHead(path="head.npz", digest=digest.of_bytes(content)), arrays


def test_a_training_of_few_steps_begins_with_the_head_that_the_search_trained(train, head):
    handed_on, arrays = head
    rate = 1e-9  # so that it ends where it begins
    trained, fresh = train(head=handed_on, rate=rate, epochs=1), train(rate=rate, epochs=1)
    assert trained.model_id != fresh.model_id
    ends = [export.load_keras(one.uri).get_layer("trainable") for one in (trained, fresh)]
    np.testing.assert_allclose(ends[0].get_layer("head_hidden").kernel, arrays[0], atol=1e-6)
    assert np.abs(ends[1].get_layer("head_hidden").kernel - arrays[0]).max() > 1e-2


@pytest.mark.parametrize(("more", "begins_trained"), [(0, False), (1, True)])
def test_a_training_of_many_steps_begins_with_a_fresh_head(train, head, snapshot_path, more, begins_trained):
    steps = -(-sum(Snapshot.read(snapshot_path).counts["train"].values()) // 8)
    trained = train(head=head[0], head_steps=steps + more, epochs=1)
    assert (trained.model_id != train(epochs=1).model_id) == begins_trained


def test_a_head_alone_is_trained_for_as_many_steps_as_the_search_gave_it(train, snapshot_path):
    steps = -(-sum(Snapshot.read(snapshot_path).counts["train"].values()) // 8)
    few, more, alike = (train(unfrozen_stages=0, head_steps=n, epochs=1) for n in (0, 3 * steps, 2 * steps + 1))
    assert alike == more
    assert few.model_id != more.model_id
    assert len(more.history) == 1
    ends = [export.load_keras(one.uri).get_layer("trainable").get_layer("head_hidden").kernel for one in (few, more)]
    assert np.abs(ends[0] - ends[1]).max() > 1e-3


def test_a_head_that_is_not_what_the_search_wrote_is_refused(train, head, tmp_path):
    for damage in (lambda path: path.write_bytes(b"another"), lambda path: path.unlink()):
        damage(tmp_path / "root" / "head.npz")
        with pytest.raises(InputError, match=r"is not the head that the search wrote\. Delete .* and run again"):
            train(head=head[0])


def test_both_files_answer_alike_about_the_snapshots_images(train, snapshot_path, raw_folder):
    trained = train()
    files = sorted(raw_folder.rglob("*.jpg"))
    served = export.load_serving(trained.uri)([path.read_bytes() for path in files])
    by_path = dict(zip(map(str, files), served, strict=True))
    assert served.shape == (len(files), len(trained.labels))
    for item in datasets.load_split(Snapshot.read(snapshot_path), "test", 32).as_numpy_iterator():
        judged = export.load_keras(trained.uri).predict(item["image"][None], verbose=0)[0]
        (path,) = [path for path in by_path if item["uri"].decode().endswith(path.removeprefix(str(raw_folder)))]
        np.testing.assert_allclose(by_path[path], judged, atol=0.02)


def test_what_a_killed_run_left_behind_is_removed(train, tmp_path):
    first = train()
    place = tmp_path / "root" / "train" / first.model_id
    (place / "model.json").unlink()
    shutil.rmtree(Path(first.uri) / "saved_model")
    again = train()
    assert [row.train_loss for row in again.history] == [row.train_loss for row in first.history]
    assert export.load_keras(again.uri).outputs[0].shape == (None, 2)
    assert [str(path) for path in (place / "models").iterdir()] == [again.uri]


def test_of_two_runs_that_train_the_same_the_first_ones_model_stays(train, tmp_path, monkeypatch):
    """The other one may have judged it: what a pointer names must never change."""
    alone, seen = training.train, []

    def slower(task, record):
        monkeypatch.setattr(training, "train", alone)
        made = alone(task, record)
        first = train()  # another run begins, trains from where the state is, and ends
        seen.extend([made, first, Path(first.uri, "model.keras").read_bytes()])
        return made

    monkeypatch.setattr(training, "train", slower)
    given = train()
    made, first, content = seen
    assert given == first
    assert made.uri != first.uri
    assert Path(first.uri, "model.keras").read_bytes() == content
    place = tmp_path / "root" / "train" / first.model_id
    assert [str(path) for path in (place / "models").iterdir()] == [first.uri]


def test_weights_other_than_the_searchs_are_refused(train):
    with pytest.raises(UnavailableError, match="Give both machines the same weights"):
        train(digest="another")


def test_validation_reads_what_the_search_stored_and_measures_nothing_again(snapshot_path, tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "disk_speeds", lambda _folder: (1e12, 1e12))  # so that features are worth their room
    monkeypatch.setenv(runs.RUN_ID, "r1")
    search = {
        "backbones": ["vgg16"], "weights": "none", "unfrozen_stages": [0.0, 1.0], "head_width": [0], "dropout": [0.0],
        "trials": 2.0, "epochs": 1.0, "batch_size": 8.0, "head_steps": 0.0,
    }  # fmt: skip
    root, paths = str(tmp_path / "root"), [str(tmp_path / f"{name}.json") for name in ("result", "selection", "model")]
    tune.run(snapshot_path, root, "vgg16", search, 5, paths[0])
    result = SearchResult.read(paths[0])
    Selection(best=result, searches=(result,)).write(paths[1])
    step.run(snapshot_path, paths[1], root, TRAIN, search, 5, paths[2])
    facts = next(record.facts for record in runs.read_records(root, "r1") if record.step == "train")
    assert facts["validation_reads"].startswith("stored features at ")
    counts = Snapshot.read(snapshot_path).counts["validation"]
    assert (facts["features"]["computed_images"], facts["features"]["found_images"]) == (0, sum(counts.values()))
    assert len(list((tmp_path / "root" / "features").rglob("costs-*.json"))) == 1
