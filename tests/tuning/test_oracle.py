import keras_tuner
import pytest

from tuning import oracle, space

# Scores that are all alike leave the process without a scale; tuning.search tolerates it, too.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SPACE = space.Space((0, 2, 1), (0, 8), (0.0, 0.5), (1e-3, 1e-2), backbone_rate=(0.1, 0.3, 0.5))


def proposals(tmp_path, trials=7, searched=SPACE, name="bayesian", score=lambda point: point.learning_rate):
    made, first = oracle.make(name, searched, trials, 6, "macro_f1", 3, 3, str(tmp_path))
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
    assert {point.learning_rate for point in points[3:5]} == {best.learning_rate}
    assert {point.backbone_rate for point in points[3:5]} == {0.3}


def test_the_budget_is_used_and_no_point_comes_twice(tmp_path):
    points, _ = proposals(tmp_path, 9)
    assert len(points) == len(set(points)) == 9


def test_a_space_that_is_exhausted_ends_the_search(tmp_path):
    small = space.Space((0, 1), (0,), (0.0, 0.5), (1e-3, 1e-3))
    points, _ = proposals(tmp_path, 9, small)
    assert len(points) == len(set(points)) == 4


@pytest.mark.parametrize("name", ["bayesian", "random", "hyperband"])
def test_equal_seeds_give_equal_proposals(tmp_path, name):
    assert proposals(tmp_path, name=name) == proposals(tmp_path, name=name)


def test_the_objectives_direction_is_known_to_the_oracle(tmp_path):
    made, _ = oracle.make("random", SPACE, 3, 6, "macro_f1", 3, 3, str(tmp_path))
    assert made.objective == keras_tuner.Objective("macro_f1", "max")
