import numpy as np
import pytest

from components.artifacts import SearchResult, Snapshot
from components.errors import ConfigError, InputError, UnavailableError
from components.tune import step
from tuning import backbones, weights

SEARCH = {
    "backbones": ["vgg16"], "weights": "none", "unfrozen_stages": [0.0, 1.0], "head_width": [0], "dropout": [0.0],
    "trials": 2.0, "epochs": 1.0, "batch_size": 8.0,
}  # fmt: skip  # numbers as a pipeline parameter brings them


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
    assert [path.name for path in place.iterdir()] == ["hparams.json"]


@pytest.mark.parametrize("change", [{"seed": 6}, {"epochs": 2}, {"objective": "macro_f1"}])
def test_what_decides_the_search_names_its_place(snapshot_path, change):
    from components import config, starting_weights

    def key(seed=5, **changes):
        settings = config.parse(config.SearchConfig, {**SEARCH, **changes}, "search")
        with starting_weights.find("vgg16", "none") as found:
            return step._key(Snapshot.read(snapshot_path), found, settings, seed)

    assert key() == key(seed=5.0)
    assert key(**change) != key()


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
    with pytest.raises(InputError, match=r"All 2 trials of vgg16 failed\. The first: the loss was no longer"):
        tune(weights=str(tmp_path / "broken.weights.h5"))
