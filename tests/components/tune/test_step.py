import shutil

import keras
import numpy as np
import pytest

from components import digest
from components.artifacts import SearchResult, Snapshot
from components.errors import ConfigError, InputError, UnavailableError
from components.tune import step
from components.tune.telling import Telling
from components.workers import Worker
from tuning import backbones, trained_heads, weights
from tuning.model import Hyperparameters as Point

SEARCH = {
    "backbones": ["vgg16"], "weights": "none", "unfrozen_stages": [0.0, 1.0], "head_width": [0], "dropout": [0.0],
    "trials": 2.0, "epochs": 1.0, "batch_size": 8.0,
}  # fmt: skip  # numbers as a pipeline parameter brings them

ALONE = Worker("vgg16")


@pytest.fixture
def snapshot_path(make_snapshot):
    return make_snapshot(32)


@pytest.fixture
def tune(snapshot_path, tmp_path):
    def call(backbone="vgg16", seed=5, snapshot=snapshot_path, **changes):
        path = str(tmp_path / "result.json")
        step.run(snapshot, str(tmp_path / "root"), backbone, {**SEARCH, **changes}, seed, path)
        return SearchResult.read(path)

    return call


@pytest.fixture
def key(snapshot_path):
    """(worker, seed, **changes of the settings) -> the name of the search's place."""
    from components import config, starting_weights

    def call(worker=ALONE, seed=5, **changes):
        settings = config.parse(config.SearchConfig, {**SEARCH, **changes}, "search")
        with starting_weights.find("vgg16", "none") as found:
            return step._key(Snapshot.read(snapshot_path), found, settings, seed, worker)

    return call


def test_a_search_is_made_once_and_found_again(tune, tmp_path):
    first = tune()
    assert first.backbone == "vgg16"
    assert first.image_side_px == 32  # what was stored, below the 224 of the backbone
    assert [trial.status for trial in first.trials] == ["completed", "completed"]
    assert first.best.score == max(trial.score for trial in first.trials)
    assert first.features is not None
    assert first.features.computed_images > 0
    assert first.features.filled_s > 0
    # Seconds are of the first: nothing was computed. Neither other backbones nor their weights make it another search.
    assert tune() == first
    assert tune(backbones=["vgg16", "xception"], weights={"vgg16": "none", "xception": "imagenet"}) == first
    (place,) = (tmp_path / "root" / "tune").iterdir()
    assert not (place / "state").exists()


def test_a_state_that_a_kill_after_publishing_left_goes_with_the_next_run(tune, tmp_path):
    tune()
    (place,) = (tmp_path / "root" / "tune").iterdir()
    (place / "state" / "trials").mkdir(parents=True)
    (place / "state" / "trials" / "a.json").write_text("{}")
    tune()
    assert not (place / "state").exists()


def test_what_killed_attempts_took_is_counted(tune, tmp_path, killed_before):
    first = tune()
    (place,) = (tmp_path / "root" / "tune").iterdir()
    killed_before(place, "hparams.json")
    again = tune()
    assert 36000 < again.seconds < 36000 + 600
    assert again.cpu_s > 70000
    assert again.trials[0].curve == first.trials[0].curve


def test_what_features_took_and_saved_is_counted_over_all_attempts(tune, tmp_path, monkeypatch):
    whole = tune(seed=6)
    for folder in ("tune", "features"):
        shutil.rmtree(tmp_path / "root" / folder)
    tell = Telling.trial

    def interrupted(self, number, *others):
        tell(self, number, *others)
        if number == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Telling, "trial", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tune(seed=6)
    gone_on = tune(seed=6).features
    assert gone_on.computed_images == whole.features.computed_images
    assert gone_on.written_bytes == whole.features.written_bytes
    assert gone_on.filled_s > 0


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_search_in_half_precision_stores_and_reads_features_of_its_own(tune, tmp_path, precision):
    exact = tune()
    before = keras.config.dtype_policy().name
    try:
        half = tune(precision=precision)
    finally:
        keras.config.set_dtype_policy(before)
    assert [trial.status for trial in half.trials] == ["completed", "completed"]
    assert (half.features.computed_images, half.features.found_images) == (exact.features.computed_images, 0)
    assert len(list((tmp_path / "root" / "features").glob("vgg16-*"))) == 2
    assert half.best.score == pytest.approx(exact.best.score, abs=0.3)


def test_the_head_that_a_deep_winner_began_with_stays_when_the_state_goes(tune, tmp_path):
    found = tune(epochs=3, head_steps=4)
    assert found.best.hyperparameters.unfrozen_stages == 1
    (place,) = (tmp_path / "root" / "tune").iterdir()
    head = tmp_path / "root" / found.head.path
    assert {path.name for path in place.iterdir()} == {head.name, "hparams.json"}
    content = head.read_bytes()
    assert found.head.digest == digest.of_bytes(content)
    kernel, bias = trained_heads.decode(content, Point(**found.best.hyperparameters.model_dump()))
    assert kernel.shape[-1:] == bias.shape == (2,)
    assert bias.any()  # a fresh head has none


def test_a_head_only_winner_hands_on_no_head(tune, tmp_path):
    found = tune(unfrozen_stages=[0])
    assert found.best.hyperparameters.unfrozen_stages == 0
    assert found.head is None
    assert not list((tmp_path / "root" / "tune").glob("*/head*"))


def test_trials_that_began_fresh_hand_on_no_head(tune, tmp_path):
    found = tune(trials=3, epochs=3, head_steps=0)
    assert found.best.hyperparameters.unfrozen_stages == 1
    assert found.head is None
    assert not list((tmp_path / "root" / "tune").glob("*/head*"))


@pytest.mark.parametrize("change", [{"seed": 6}, {"epochs": 2}, {"objective": "macro_f1"}])
def test_what_decides_the_search_names_its_place(key, change):
    assert key() == key(seed=5.0)
    assert key() == key(features={"after_search": False, "budget_gb": 1.0})
    assert key(**change) != key()


def test_each_worker_has_a_place_of_its_own_and_a_lone_one_that_of_the_search(key):
    places = {key(Worker("vgg16", number, 2), workers_per_backbone=2, trials=3) for number in (1, 2)}
    others = {key(trials=3), key(Worker("vgg16", 1, 3), workers_per_backbone=3, trials=3)}
    assert len(places | others) == 4


def test_a_lone_search_is_found_where_it_was_before_there_were_workers(key, snapshot_path):
    from components import config, published, starting_weights

    section = config.SearchConfig(**SEARCH).model_dump(mode="json")
    for name in ("backbones", "weights", "workers_per_backbone"):
        del section[name]
    for name in ("budget_gb", "after_search"):
        del section["features"][name]
    with starting_weights.find("vgg16", "none") as found:
        before = published.key(
            step="tune", snapshot=Snapshot.read(snapshot_path).snapshot_id, backbone="vgg16", weights=found.digest,
            search=section, seed=5,
        )  # fmt: skip
    assert key() == before


def test_two_workers_try_what_one_would_have_tried_first_and_keep_apart(tune, tmp_path):
    space = {
        "unfrozen_stages": [0, 1], "head_width": [0, 8], "dropout": [0.0, 0.2], "trials": 4, "workers_per_backbone": 2,
    }  # fmt: skip
    first, second = (tune(name, **space) for name in ("vgg16-1of2", "vgg16-2of2"))
    assert [(one.task, one.worker, one.workers) for one in (first, second)] == [
        ("vgg16-1of2", 1, 2), ("vgg16-2of2", 2, 2),
    ]  # fmt: skip
    assert [[trial.trial_id for trial in one.trials] for one in (first, second)] == [
        ["1-001", "1-002"], ["2-001", "2-002"],
    ]  # fmt: skip
    assert [[trial.hyperparameters.unfrozen_stages for trial in one.trials] for one in (first, second)] == [[0, 1]] * 2
    alone = tune(**{**space, "workers_per_backbone": 1})
    heads = [trial.hyperparameters for trial in alone.trials[:2]]
    assert [one.trials[0].hyperparameters for one in (first, second)] == heads
    # The second found the features of the first; the lone search came last and computed none.
    assert (first.features.found_images, second.features.computed_images) == (0, 0)
    assert len(list((tmp_path / "root" / "tune").iterdir())) == 3


@pytest.mark.parametrize(("name", "count"), [("vgg16", 2), ("vgg16-1of2", 1), ("vgg16-1of3", 2), ("vgg16-3of2", 2)])
def test_a_task_of_another_number_of_workers_is_refused_before_anything_is_loaded(tune, name, count):
    with pytest.raises(ConfigError, match=r"name vgg16-1of2, vgg16-2of2$|name vgg16$|numbered from 1 to 2"):
        tune(name, workers_per_backbone=count)


def test_all_that_does_not_fit_the_backbone_is_said_at_once(tune):
    with pytest.raises(ConfigError) as failure:
        tune("xception", backbones=["xception"], unfrozen_stages=[0, 15, 99], image_side_px=None)
    assert len(failure.value.findings) == 3  # two depths beyond 14, and 32 pixels below 71


def test_an_empty_split_is_refused(tune, snapshot_path, tmp_path):
    snapshot = Snapshot.read(snapshot_path)
    empty = snapshot.model_copy(update={"counts": {**snapshot.counts, "validation": {}}})
    empty.write(str(tmp_path / "empty.json"))
    with pytest.raises(InputError, match="has no validation images"):
        tune(snapshot=str(tmp_path / "empty.json"))


def test_weights_that_are_not_there_are_said_with_the_remedies(tune):
    with pytest.raises(UnavailableError, match="Run `brandlens weights`"):
        tune(weights="/no/file.h5")


def test_a_search_whose_trials_all_fail_is_our_own_error(tune, tmp_path):
    network = weights.build(backbones.get("vgg16"), 32)
    network.set_weights([np.full_like(values, 1e30) for values in network.get_weights()])
    network.save_weights(tmp_path / "broken.weights.h5")
    broken = str(tmp_path / "broken.weights.h5")
    with pytest.raises(InputError, match=r"All 2 trials of vgg16 failed\. The first: the loss was no longer"):
        tune(weights=broken)
    # Another worker may have been luckier.
    found = tune("vgg16-1of2", weights=broken, workers_per_backbone=2)
    assert [(trial.status, trial.score) for trial in found.trials] == [("failed", None)]


def test_a_worker_for_whom_the_space_has_no_point_says_what_to_change(tune):
    with pytest.raises(InputError, match=r"no point left for worker 2 of vgg16\. Lower search\.workers_per_backbone"):
        tune("vgg16-2of2", learning_rate={"min": 0.01, "max": 0.01}, unfrozen_stages=[0], pooling=["avg"],
             weight_decay=[0.0], label_smoothing=[0.0], augmentation=["none"], workers_per_backbone=2)  # fmt: skip
