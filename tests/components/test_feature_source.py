import numpy as np
import pytest

from components import feature_files, feature_source, starting_weights
from components.artifacts import Snapshot
from components.config.feature_cache import FeatureCacheConfig
from tuning import backbones
from tuning.store.planning import Demand

STRENGTHS = ("none", "light")


@pytest.fixture
def open_source(tmp_path):
    def open_source(snapshot, seed=5, root=None, **settings):
        with starting_weights.find("vgg16", "none") as found:
            return feature_source.open_source(
                snapshot, root or str(tmp_path / "root"), backbones.get("vgg16"), found, Demand({0: 10.0}, STRENGTHS),
                FeatureCacheConfig(**settings), seed, say=lambda _text: None,
            )  # fmt: skip

    return open_source


def test_the_next_retraining_computes_features_of_new_images_alone(make_snapshot, open_source, raw_folder, save_crop):
    snapshot = Snapshot.read(make_snapshot(32))
    first = open_source(snapshot)
    features = first.at(0, 32)
    counts = {split: sum(snapshot.counts[split].values()) for split in ("train", "validation")}
    assert (len(features["training"].labels), len(features["validation"].labels)) == tuple(counts.values())
    assert first.report.tally.computed_images == sum(counts.values())
    for number in range(8, 12):
        save_crop(str(raw_folder / "acme" / "official" / f"{number}.jpg"), 0, number)
    grown = Snapshot.read(make_snapshot(32))
    second = open_source(grown)
    labels = second.at(0, 32)["training"].labels
    new = {split: sum(grown.counts[split].values()) - counts[split] for split in counts}
    assert second.report.tally.computed_images == sum(new.values()) > 0
    assert np.bincount(labels).tolist() == list(grown.counts["train"].values())


@pytest.mark.parametrize("refresh", ["never", "retraining"])
def test_a_retraining_takes_a_fresh_view_if_it_is_told_to(make_snapshot, open_source, raw_folder, save_crop, refresh):
    seen = []
    for numbers in ((), range(8, 12)):
        for number in numbers:
            save_crop(str(raw_folder / "acme" / "official" / f"{number}.jpg"), 0, number)
        source = open_source(Snapshot.read(make_snapshot(32)), refresh=refresh, views=2)
        plain, changed = source.at(0, 32, "light")["training"].activations
        seen.append((plain[:], changed[:], source.report.tally.computed_images))
    (plain, changed, _), (plain_again, changed_again, computed) = seen
    # Rows of the first increment come first, in both runs.
    old = len(plain)
    np.testing.assert_array_equal(plain_again[:old], plain)
    assert (np.abs(changed_again[:old] - changed).max() < 1e-6) == (refresh == "never")
    new = len(plain_again) - old
    assert new > 0
    assert (computed < old) == (refresh == "never")


def test_random_weights_of_another_seed_have_features_of_their_own(make_snapshot, open_source):
    snapshot = Snapshot.read(make_snapshot(32))
    first, other = (open_source(snapshot, seed=seed).at(0, 32)["validation"].activations[0][:] for seed in (5, 6))
    assert np.abs(first - other).max() > 0.01


def test_a_bucket_holds_the_cache_for_every_machine(make_snapshot, open_source, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv(feature_files.FOLDER, str(tmp_path / "one"))
    snapshot = Snapshot.read(make_snapshot(32))
    here = open_source(snapshot, root=bucket)
    expected = here.at(0, 32)["training"].activations[0][:]
    monkeypatch.setenv(feature_files.FOLDER, str(tmp_path / "another"))
    there = open_source(snapshot, root=bucket)
    np.testing.assert_array_equal(there.at(0, 32)["training"].activations[0][:], expected)
    assert (here.report.tally.found_images, there.report.tally.computed_images) == (0, 0)
