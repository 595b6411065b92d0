from dataclasses import replace

import keras
import numpy as np
import pytest

from components import blocks
from components.artifacts import Answered, FrozenPart, Hyperparameters, Snapshot
from components.config.feature_cache import FeatureCacheConfig
from components.evaluate import from_features
from components.evaluate.asked import Asked
from components.evaluate.predict import predict
from tuning import backbones, export, frozen, model, weights
from tuning.frozen import Halves
from tuning.store import costs

VGG16 = backbones.get("vgg16")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A sample of two images, and a disk that costs nothing, however busy this machine's is."""
    monkeypatch.setattr(from_features, "COMPARED", 2)
    monkeypatch.setattr(costs, "disk_speeds", lambda _folder: (1e12, 1e12))


@pytest.fixture
def take(make_snapshot):
    """-> the snapshot of what is in the raw folder now."""
    return lambda: Snapshot.read(make_snapshot(32, train=0.3, validation=0.2, test=0.5))


@pytest.fixture
def snapshot(take):
    return take()


@pytest.fixture
def trained(tmp_path, make_model, snapshot):
    """(name, ...) -> a model with files over random weights of a seed; each name has another head.

    spread: deviation of what the head finds between the two brands; 0: all images are alike to it.
    """
    images = np.concatenate([
        chosen.block.read(np.arange(len(chosen.block.ids())), 32) for chosen in blocks.chosen(snapshot, "test")
    ]).astype("float32")  # fmt: skip

    def make(name, depth=1, seed=1, origin=None, spread=3.0):
        network = weights.load(VGG16, weights.resolve(VGG16, "none"), 32, seed=seed)
        point = model.Hyperparameters(depth, 0, 0.0, 0.01)
        parts = model.split(network, VGG16, depth)
        whole = model.classifier(parts, 2, point, seed=len(name)).whole
        halves = Halves.of(whole)
        head = halves.trainable.get_layer("head_probabilities")
        vectors = keras.Model(halves.trainable.inputs, head.input).predict(halves.features.predict(images, verbose=0))
        kernel = head.get_weights()[0]
        logits = vectors @ kernel
        scale = spread / (logits[:, 0] - logits[:, 1]).std()
        head.set_weights([scale * kernel, -scale * logits.mean(axis=0)])
        export.save(whole, str(tmp_path / name), snapshot.labels, 32)
        return make_model(
            tmp_path / name, name, snapshot.labels, backbone="vgg16",
            hyperparameters=Hyperparameters(unfrozen_stages=depth, head_width=0, dropout=0.0, learning_rate=0.01),
            frozen=FrozenPart(weights=origin or f"none-seed{seed}", digest=frozen.digest_of(parts.features)),
        )  # fmt: skip

    return make


@pytest.fixture
def ask(snapshot, tmp_path):
    """(model, ...) -> what is asked of it, for answer and predict."""

    def make(trained_model, of=None, **settings):
        features = FeatureCacheConfig(**{"dtype": "float32", **settings})
        return Asked(of or snapshot, trained_model, "test", str(tmp_path / "root"), features)

    return make


def network_of(asked):
    return export.load_keras(asked.model.uri)


def whole(asked):
    """Id -> what the model says of the image, features apart."""
    plain = predict(replace(asked, features=FeatureCacheConfig(after_search=False)), lambda _done: None)
    return dict(zip(plain.ids, plain.probabilities, strict=True))


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize(("dtype", "apart"), [("float32", 1e-5), ("float16", from_features.TOLERANCE)])
def test_answers_from_features_are_those_of_the_model_that_is_served(trained, ask, depth, dtype, apart):
    asked = ask(trained("one", depth), dtype=dtype)
    found = predict(asked, lambda _done: None)
    assert found.answered.from_features + found.answered.compared == len(found.ids) == asked.images
    assert found.answered.from_features > 0
    assert found.answered.note == ""
    answers = whole(asked)
    expected = np.array([answers[image_id] for image_id in found.ids])
    assert np.abs(found.probabilities - expected).max() <= apart
    assert np.abs(expected[0] - expected).max() > 0.1  # or any answer would do


def test_two_models_of_equal_cut_share_what_was_computed(trained, ask, monkeypatch):
    first, second = ask(trained("first")), ask(trained("another"))
    from_features.answer(first, network_of(first), lambda _done: None)
    monkeypatch.setattr(from_features.frozen, "network_of", None)  # computing would need it
    found = from_features.answer(second, network_of(second), lambda _done: None)
    assert found.answered.from_features > 0


def test_after_new_images_came_only_theirs_are_computed(take, trained, ask, raw_folder, save_crop):
    old = ask(trained("one"))
    seen = []
    from_features.answer(old, network_of(old), seen.append)
    assert max(seen) == old.images
    for number in range(8, 14):
        save_crop(str(raw_folder / "acme" / "official" / f"{number}.jpg"), 0, number)
    new = ask(old.model, of=take())
    seen.clear()
    found = from_features.answer(new, network_of(new), seen.append)
    assert max(seen) == new.images - old.images > 0
    assert len(found.ids) == new.images


def test_features_that_are_not_the_models_are_found_out_and_none_is_believed(trained, ask):
    liar = ask(trained("liar", seed=2, origin="none-seed1"))  # fills the cache under another's name
    from_features.answer(liar, network_of(liar), lambda _done: None)
    asked = ask(trained("one"))
    found = predict(asked, lambda _done: None)
    assert found.answered.from_features == 0
    assert found.answered.max_difference > from_features.TOLERANCE
    assert found.answered.note.startswith("from features a probability differs by 0.")
    expected = whole(asked)
    for image_id, answer in zip(found.ids, found.probabilities, strict=True):
        np.testing.assert_array_equal(answer, expected[image_id])


def test_a_model_whose_frozen_stages_have_learned_is_asked_about_the_images(trained, ask, tmp_path):
    asked = ask(trained("one"))
    network = network_of(asked)
    Halves.of(network).features.weights[0].assign_add(np.full(Halves.of(network).features.weights[0].shape, 1e-4))
    found = from_features.answer(asked, network, lambda _done: None)
    assert found.note.startswith("its frozen stages are not the starting weights")
    assert not list((tmp_path / "root" / "features").rglob("*.features"))


def test_close_calls_are_the_whole_models(trained, ask):
    asked = ask(trained("one", spread=0.0))  # every image: one half
    found = from_features.answer(asked, network_of(asked), lambda _done: None)
    assert (found.answered.compared, found.answered.from_features) == (asked.images, 0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"frozen": None}, "it is not said what its frozen stages are"),
        ({"hyperparameters": {"unfrozen_stages": 5}}, "nothing of it is frozen"),
    ],
)
def test_a_model_that_features_cannot_serve_says_why(trained, ask, change, why):
    one = trained("one")
    if "hyperparameters" in change:
        change = {"hyperparameters": one.hyperparameters.model_copy(update=change["hyperparameters"])}
    asked = ask(one.model_copy(update=change))
    assert from_features.answer(asked, network_of(asked), lambda _done: None) == Answered(note=why)


def test_a_person_may_switch_it_off_and_few_images_do_it_too(trained, ask, monkeypatch):
    off = ask(trained("one"), after_search=False)
    assert from_features.answer(off, network_of(off), print).note == "search.features.after_search is off"
    few = ask(off.model)
    monkeypatch.setattr(from_features, "COMPARED", few.images // 2 + 1)
    assert "leaves nothing to gain" in from_features.answer(few, network_of(few), print).note


def test_a_cache_that_cannot_be_written_stops_nobody(trained, ask, tmp_path):
    asked = ask(trained("one"))
    (tmp_path / "root" / "features").write_text("a file where the folder should be")
    found = predict(asked, lambda _done: None)
    assert found.answered.note.startswith("the feature cache cannot be used")
    assert len(found.ids) == asked.images


def test_the_sample_is_spread_and_every_close_call_is_in_it():
    answers = np.array([[0.9, 0.1]] * 5 + [[0.504, 0.496], [0.506, 0.494], [0.2, 0.8], [np.nan, np.nan]])
    # 0, 4 and 8 of nine rows; row 5's brands are 0.008 apart, which two differences of 0.005 could turn.
    assert from_features.to_compare(answers, 3, 0.005).tolist() == [0, 4, 5, 8]


def test_of_fewer_images_than_a_sample_all_are_compared():
    assert from_features.to_compare(np.array([[1.0, 0.0], [0.0, 1.0]]), 256, 0.005).tolist() == [0, 1]
