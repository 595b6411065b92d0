from dataclasses import replace

import keras_tuner
import pytest

from tuning import oracle, plan, space
from tuning.shares import WHOLE, Share
from tuning.store.planning import Demand

# Scores that are all alike leave the process without a scale; tuning.search tolerates it, too.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SPACE = space.Space((0, 2, 1), (0, 8), (0.0, 0.5), (1e-3, 1e-2), backbone_rate=(0.1, 0.3, 0.5))


def proposals(
    tmp_path, trials=7, searched=SPACE, name="bayesian", score=lambda point: point.learning_rate, share=WHOLE
):
    made, first = oracle.make(name, searched, trials, 6, 1e-4, "macro_f1", 3, 3, str(tmp_path), share)
    points = []
    while (trial := made.create_trial("test")).status == "RUNNING":
        points.append(space.point(trial.hyperparameters.values))
        made.update_trial(trial.trial_id, {"macro_f1": score(points[-1])})
        trial.status = "COMPLETED"
        made.end_trial(trial)
    return points, [space.point(values) for values in first]


def test_heads_come_first_then_the_best_of_them_at_every_depth_the_shallowest_first(tmp_path):
    points, first = proposals(tmp_path)
    assert points[:3] == first
    assert [point.unfrozen_stages for point in points[:5]] == [0, 0, 0, 1, 2]
    best = max(first, key=lambda point: point.learning_rate)
    for deep in points[3:5]:
        assert replace(deep, unfrozen_stages=0, learning_rate=best.learning_rate) == best


@pytest.mark.parametrize(
    ("depths", "trials", "passes"),
    [((0, 2, 1), 8, {0: 6, 1: 12, 2: 12}), ((1, 2), 4, {1: 12, 2: 12}), ((0,), 4, {0: 24})],
)
def test_what_is_asked_of_stored_features_follows_the_plan(depths, trials, passes):
    heads = plan.head_count(replace(SPACE, unfrozen_stages=depths), trials)
    assert Demand.of_search(depths, trials, 6, heads).passes == passes


RATES = replace(SPACE, learning_rate=(1e-4, 1e-2), backbone_rate=(0.3, 0.0, 0.01, 0.03, 0.1))


@pytest.mark.parametrize(
    ("values", "usual", "rate", "share"),
    [
        ({"learning_rate": 1e-2}, 1e-4, 1e-3, 0.1),
        ({"learning_rate": 1e-2}, 3e-4, 1e-3, 0.3),
        ({"learning_rate": 2e-4}, 1e-4, 2e-4, 0.3),
        ({"learning_rate": 4e-4, "optimizer": "adamw"}, 1e-4, 4e-4, 0.3),
        ({"sgd_learning_rate": 5e-2, "learning_rate": 1e-4, "optimizer": "sgd"}, 1e-4, 1e-2, 0.1),
        ({"sgd_learning_rate": 3e-3, "learning_rate": 1e-4, "optimizer": "sgd"}, 1e-4, 3e-3, 0.3),
    ],
)
def test_above_unfrozen_stages_the_head_learns_no_faster_than_usual_and_they_as_usual(values, usual, rate, share):
    name = "sgd_learning_rate" if values.get("optimizer") == "sgd" else "learning_rate"
    assert plan.gentle(values, RATES, usual) == {**values, name: rate, "backbone_rate": share}


def rates_by_depth(tmp_path, of_deep):
    """The rate of the stages in the planned trial of each depth, in the order of depth; heads score 0.5 at best."""
    searched = replace(RATES, unfrozen_stages=(0, 1, 2, 3), dropout=(0.0,), head_width=(0,))
    points, _ = proposals(
        tmp_path, 6, searched, score=lambda point: of_deep[point.unfrozen_stages - 1] if point.unfrozen_stages else 0.5
    )
    deep = [point for point in points if point.unfrozen_stages]
    assert [point.unfrozen_stages for point in deep] == [1, 2, 3]
    return [point.learning_rate * point.backbone_rate for point in deep]


@pytest.mark.parametrize(
    ("of_deep", "thirds"),
    [
        ((0.6, 0.7, 0.8), (0, 0, 0)),
        ((0.5, 0.5, 0.5), (0, 0, 0)),
        ((0.4, 0.7, 0.8), (0, 1, 1)),
        ((0.6, 0.4, 0.8), (0, 0, 1)),
        ((0.4, 0.45, 0.8), (0, 1, 2)),
    ],
)
def test_where_stages_end_below_the_best_head_the_next_depth_is_tried_with_a_third_of_the_rate(
    tmp_path, of_deep, thirds
):  # fmt: skip
    found = rates_by_depth(tmp_path, of_deep)
    # The space's shares are a third and three tenths of each other.
    assert found == pytest.approx([found[0] / 3**times for times in thirds], rel=0.25)


def test_rates_stay_within_the_space():
    narrow = replace(RATES, learning_rate=(2e-3, 1e-2), backbone_rate=(0.3,))
    assert plan.gentle({"learning_rate": 5e-3}, narrow, 1e-4) == {"learning_rate": 2e-3, "backbone_rate": 0.3}


def tried_around(tmp_path, of_deep):
    """Share and augmentation of the deep trials that are planned, where heads do best without augmentation."""
    searched = space.Space(
        (0, 1), (0,), (0.0, 0.5), (1e-2, 1e-2), backbone_rate=(0.003, 0.01, 0.03, 0.1), augmentation=("none", "light")
    )
    of_head = {"none": 0.01, "light": 0.0}
    points, _ = proposals(
        tmp_path, 12, searched,
        score=lambda point: of_deep(point) if point.unfrozen_stages else of_head[point.augmentation],
    )  # fmt: skip
    assert [point.unfrozen_stages for point in points[:8]] == [0] * 4 + [1] * 4
    return [(point.backbone_rate, point.augmentation) for point in points[4:8]]


def test_around_the_best_deep_trial_a_greater_share_is_tried_while_that_helps(tmp_path):
    tried = tried_around(tmp_path, lambda point: point.backbone_rate)
    assert tried == [(0.01, "none"), (0.03, "none"), (0.1, "none"), (0.1, "light")]


def test_around_the_best_deep_trial_stronger_augmentation_is_tried_then_a_smaller_share(tmp_path):
    tried = tried_around(tmp_path, lambda point: 0.5 if point.backbone_rate == 0.01 else 0.1)
    assert tried == [(0.01, "none"), (0.03, "none"), (0.01, "light"), (0.003, "none")]


def test_the_budget_is_used_and_no_point_comes_twice(tmp_path):
    points, _ = proposals(tmp_path, 9)
    assert len(points) == len(set(points)) == 9


def test_a_space_that_is_exhausted_ends_the_search(tmp_path):
    small = space.Space((0, 1), (0,), (0.0, 0.5), (1e-3, 1e-3))
    points, _ = proposals(tmp_path, 9, small)
    assert len(points) == len(set(points)) == 4


@pytest.mark.parametrize(("trials", "promoted"), [(1, 0), (4, 0), (5, 2), (8, 2), (9, 2), (13, 4)])
def test_hyperband_uses_its_budget_and_promotes_in_every_bracket_that_it_begins(tmp_path, trials, promoted):
    points, _ = proposals(tmp_path, trials, name="hyperband")  # of 6 epochs: brackets of 5 and of 3
    assert len(set(points)) == trials
    assert len(points) == trials + promoted


@pytest.mark.parametrize("name", ["bayesian", "random", "hyperband"])
def test_equal_seeds_give_equal_proposals(tmp_path, name):
    assert proposals(tmp_path, name=name) == proposals(tmp_path, name=name)


def test_the_objectives_direction_is_known_to_the_oracle(tmp_path):
    made, _ = oracle.make("random", SPACE, 3, 6, 1e-4, "macro_f1", 3, 3, str(tmp_path))
    assert made.objective == keras_tuner.Objective("macro_f1", "max")


def divided(tmp_path, trials, of, searched=SPACE, name="bayesian"):
    """What each of the workers proposes, and the heads that each begins with."""
    return [proposals(tmp_path, trials, searched, name, share=Share(number, of)) for number in range(1, of + 1)]


def test_workers_divide_the_heads_that_one_would_try_and_the_depths(tmp_path):
    _, alone = proposals(tmp_path, 10)
    found = divided(tmp_path, 10, 3)
    assert [len(points) for points, _ in found] == [4, 3, 3]
    assert {head for _, heads in found for head in heads} == set(alone)
    assert [len(heads) for _, heads in found] == [2, 2, 1]
    # The first has room for two depths, so that the second begins anew.
    assert [[point.unfrozen_stages for point in points[:3]] for points, _ in found] == [[0, 0, 1], [0, 0, 1], [0, 1, 2]]
    for points, heads in found:
        best = max(heads, key=lambda point: point.learning_rate)
        deep = points[len(heads)]
        assert replace(deep, unfrozen_stages=0, learning_rate=best.learning_rate, backbone_rate=0.1) == best
        assert deep.learning_rate == pytest.approx(1e-3, rel=0.05)


def test_a_depth_that_one_worker_has_no_room_for_is_tried_by_the_next(tmp_path):
    searched = space.Space((0, 1, 2, 3), (0,), (0.0,), (1e-3, 1e-2))
    found = divided(tmp_path, 6, 3, searched)
    assert [[point.unfrozen_stages for point in points] for points, _ in found] == [[0, 1], [0, 2], [0, 3]]


@pytest.mark.parametrize("name", ["bayesian", "hyperband"])
@pytest.mark.parametrize("trials", [3, 20])
def test_no_two_workers_try_the_same_point_and_together_they_use_the_budget(tmp_path, name, trials):
    # The best score lies at the bound of the rate: all that learn from scores go there.
    searched = replace(SPACE, augmentation=("none", "light"))
    found = [points for points, _ in divided(tmp_path, trials, 3, searched, name)]
    sets = [set(points) for points in found]
    assert len(set.union(*sets)) == sum(map(len, sets))
    assert sum(map(len, sets)) == trials


def test_a_space_without_a_continuous_rate_is_divided_too(tmp_path):
    grid = space.Space((0, 1, 2, 3), (0,), (0.0,), (1e-3, 1e-3), backbone_rate=(0.1, 0.3))
    found = [set(points) for points, _ in divided(tmp_path, 8, 2, grid)]
    assert [len(points) for points in found] == [4, 3]
    assert len(found[0] | found[1]) == 7  # all that there are: one head, three depths with two rates


def test_who_finds_no_point_left_stops_at_once(tmp_path):
    single = space.Space((0,), (0,), (0.0,), (1e-3, 1e-3))
    assert [len(points) for points, _ in divided(tmp_path, 2, 2, single)] == [1, 0]


def test_the_random_oracle_proposes_the_same_to_each_who_takes_its_own(tmp_path):
    (first, _), (second, _) = divided(tmp_path, 7, 2, name="random")
    assert first == second
    assert len(first) == 7
