import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tuning import bench, search, space, trial, weights
from tuning.backbones import get
from tuning.files import Folder
from tuning.in_process import InProcessSource

SPACE = space.Space((0, 1), (0, 8), (0.0, 0.2), (1e-3, 1e-2))


def settings(trials=3, values=SPACE, epochs=2, **changes):
    return search.SearchSettings(values, trials, trial.TrialSettings(epochs, 8, "balanced_accuracy", seed=5), **changes)


@pytest.fixture
def run(two_brands, tmp_path):
    backbone = get("vgg16")
    network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)

    def run(asked, folder="state", validation=24, **options):
        images = {"training": two_brands(48, 1), "validation": two_brands(validation, 2)}
        batches = {split: lambda _side, one=one: [one] if len(one[1]) else [] for split, one in images.items()}
        (tmp_path / "features").mkdir(exist_ok=True)
        source = InProcessSource(lambda _side: network, backbone, batches, str(tmp_path / "features"))
        return search.search(lambda _side: network, backbone, source, 2, asked, Folder(tmp_path / folder), **options)

    return run


def test_the_search_learns_to_tell_two_simple_brands_apart(run):
    results = run(settings(trials=4, epochs=5))
    assert max(result.score for result in results) >= 0.9


def test_every_trial_of_the_budget_lies_in_the_space(run):
    results = run(settings(trials=5, epochs=1))
    assert len(results) == 5
    for point in (result.hyperparameters for result in results):
        assert point.unfrozen_stages in (0, 1)
        assert point.head_width in (0, 8)
        assert point.dropout in (0.0, 0.2)
        assert 1e-3 <= point.learning_rate <= 1e-2


def test_a_killed_search_goes_on_where_it_was_and_ends_as_if_it_had_not_been(run, tmp_path):
    whole = run(settings(), "whole")

    def kill(number, *_):
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(settings(), "killed", on_trial=kill)
    finished = {path: path.read_bytes() for path in (tmp_path / "killed" / "trials").iterdir()}
    assert len(finished) == 2
    resumed = run(settings(), "killed")
    assert [(r.hyperparameters, r.curve) for r in resumed] == [(r.hyperparameters, r.curve) for r in whole]
    assert all(path.read_bytes() == content for path, content in finished.items())


def test_a_half_written_trial_is_run_again(run, tmp_path):
    first = run(settings(trials=2))
    damaged = next(Path(tmp_path / "state" / "trials").iterdir())
    damaged.write_text(damaged.read_text()[:20])
    assert [result.curve for result in run(settings(trials=2))] == [result.curve for result in first]
    assert json.loads(damaged.read_text())["curve"]


def test_a_depth_beyond_the_backbone_is_refused_before_anything_is_read(run):
    with pytest.raises(ValueError, match=r"vgg16 has 5 stages: unfrozen_stages must lie in 0\.\.5, got 6"):
        run(settings(values=space.Space((0, 6), (0,), (0.0,), (1e-3, 1e-2))))


def test_a_search_whose_trials_all_fail_says_why_the_first_did(run):
    with pytest.raises(
        search.SearchFailedError, match=r"All 2 trials of vgg16 failed. The first: .*no longer.*learning_rate 1e\+30"
    ):
        run(settings(trials=2, values=space.Space((0,), (8, 16), (0.0,), (1e30, 1e30))))


def test_one_failed_trial_does_not_end_the_search(run):
    results = run(settings(trials=6, values=space.Space((0,), (8, 16), (0.0,), (1e-3, 1e30)), epochs=1))
    assert {result.score is None for result in results} == {True, False}
    assert all("no longer" in result.reason for result in results if result.score is None)


def test_a_space_of_one_point_is_searched_once(run):
    results = run(settings(trials=3, values=space.Space((0,), (0,), (0.0,), (1e-3, 1e-3)), epochs=1))
    assert len(results) == 1


def test_an_error_that_is_no_trials_fault_ends_the_search(run):
    with pytest.raises(ValueError, match="the split is empty"):
        run(settings(), validation=0)


def test_progress_names_the_trial_the_budget_and_the_best_score(run):
    said = []
    results = run(settings(trials=2, epochs=1), on_trial=lambda *values: said.append(values))
    assert said[-1] == (2, 2, f"scored {results[1].score:.3f}", max(result.score for result in results))
    assert {number for number, *_ in said} == {1, 2}


def test_a_new_search_forgets_what_another_one_unfroze(run):
    first = run(settings(trials=3), "one")
    assert [result.curve for result in run(settings(trials=3), "two")] == [result.curve for result in first]


def test_depths_of_deep_backbones_are_known_before_they_are_built():
    assert len(get("xception").stages) == 14


def test_a_deep_trial_is_measured_against_deep_ones_of_its_augmentation_only(run, monkeypatch):
    seen = []

    def stops(_rule, curve, others):
        seen.extend([len(others)] if curve else [])
        return False

    monkeypatch.setattr(search.halving, "stops", stops)
    searched = replace(SPACE, augmentation=("none", "light"))
    results = run(settings(12, searched, epochs=1, oracle="random", halving=search.Halving()))
    deep = [one.hyperparameters.augmentation for one in results if one.hyperparameters.unfrozen_stages]
    assert all(2 <= deep.count(strength) < len(results) / 2 for strength in searched.augmentation)
    assert seen == [deep[:number].count(strength) for number, strength in enumerate(deep)]


def test_a_trial_that_is_beaten_at_its_last_epoch_was_not_stopped(run, monkeypatch):
    monkeypatch.setattr(search.halving, "stops", lambda _rule, curve, _others: len(curve) == 2)
    asked = {"trials": 4, "halving": search.Halving()}
    assert not any(result.stopped for result in run(settings(epochs=2, **asked), "two"))
    assert any(result.stopped for result in run(settings(epochs=3, **asked), "three"))


def test_a_trial_alone_that_cannot_score_more_ends_and_changes_nothing_else(run, monkeypatch):
    together = bench.Bench.run_together
    monkeypatch.setattr(bench.Bench, "run_together", lambda made, points, say, _stops: together(made, points, say))
    asked = settings(8, replace(SPACE, unfrozen_stages=(0, 1, 2)), epochs=9, halving=search.Halving())
    ended = run(asked, "ended")
    monkeypatch.setattr(search.halving, "is_perfect", lambda _curve: False)
    whole = run(asked, "whole")
    assert [(one.hyperparameters, one.score, one.stopped) for one in ended] == [
        (one.hyperparameters, one.score, one.stopped) for one in whole
    ]
    spared = [(one, other) for one, other in zip(ended, whole, strict=True) if len(one.curve) < len(other.curve)]
    assert spared
    for one, other in spared:
        assert one.curve == other.curve[: len(one.curve)]
        assert one.curve.index(1.0) == len(one.curve) - 1


def test_heads_that_train_together_end_with_the_first_that_cannot_score_more(run):
    asked = settings(3, replace(SPACE, unfrozen_stages=(0,)), epochs=9)
    whole = run(asked, "whole")
    ended = run(replace(asked, halving=search.Halving()), "ended")
    first = min(one.curve.index(1.0) for one in whole if one.score == 1.0)
    assert first + 1 < 9
    assert [one.curve for one in ended] == [one.curve[: first + 1] for one in whole]
    assert [one.stopped for one in ended] == [one.score < 1.0 for one in ended]
    assert not any(one.stopped for one in whole)


def test_each_side_of_the_space_has_its_own_features(two_brands, tmp_path):
    backbone = get("vgg16")
    networks = {side: weights.load(backbone, weights.resolve(backbone, "none"), side, seed=1) for side in (32, 48)}
    pixels, labels = two_brands(48, 1)
    asked = []

    def images(side):
        asked.append(side)
        return [(np.resize(pixels, (48, side, side, 3)), labels)]

    source = InProcessSource(networks.get, backbone, {"training": images, "validation": images}, str(tmp_path))
    values = replace(SPACE, image_side_px=(32, 48))
    results = search.search(
        networks.get, backbone, source, 2, settings(trials=6, values=values), Folder(tmp_path / "s")
    )
    sides = {result.hyperparameters.image_side_px for result in results}
    assert sides == set(asked) == {32, 48}
    assert all(result.score is not None for result in results)
    assert len({result.hyperparameters for result in results}) == 6


def test_hyperband_trains_the_best_of_a_bracket_on_and_ends_as_if_it_had_not_been_killed(run):
    asked = settings(trials=6, epochs=6, oracle="hyperband")
    whole = run(asked, "whole")
    # A bracket of five points, two of which go on after two epochs; then one that is trained to the end at once.
    assert sorted(len(result.curve) for result in whole) == [2, 2, 2, 6, 6, 6]
    assert [one.stopped for one in whole] == [len(one.curve) == 2 and not one.settled for one in whole]
    went_on = [result for result in whole[:5] if len(result.curve) == 6]
    at_rung = sorted((max(result.curve[:2]) for result in whole[:5]), reverse=True)
    assert sorted((max(result.curve[:2]) for result in went_on), reverse=True) == at_rung[:2]

    def kill(number, *_):
        if number == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(asked, on_trial=kill)
    resumed = run(asked)
    assert [(one.hyperparameters, one.curve) for one in resumed] == [(one.hyperparameters, one.curve) for one in whole]


def test_hyperband_begins_no_bracket_that_its_trials_do_not_fill(run):
    assert [len(result.curve) for result in run(settings(trials=4, epochs=6, oracle="hyperband"))] == [6] * 4
