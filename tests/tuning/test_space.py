import pytest

from tuning import depths, space

SPACE = space.Space(
    (0, 1, 3), (0, 8), (0.0, 0.5), (1e-3, 1e-2), optimizer=("adamw", "sgd"), backbone_rate=(0.1, 0.5), pooling=("avg",)
)


def active(**values):
    declared = space.declare(SPACE)
    declared.values = {**{one.name: one.default for one in declared.space}, **values}
    return {one.name for one in declared.space if declared.is_active(one)}


def test_the_backbones_rate_is_asked_for_only_if_stages_are_unfrozen():
    assert "backbone_rate" not in active(unfrozen_stages=0)
    assert "backbone_rate" in active(unfrozen_stages=3)


def test_each_optimiser_has_its_own_bounds():
    assert "sgd_learning_rate" not in active(optimizer="adamw")
    assert "learning_rate" not in active(optimizer="sgd")


def test_a_space_without_unfrozen_stages_or_sgd_does_not_know_their_values():
    names = {one.name for one in space.declare(space.Space((0,), (0,), (0.0,), (1e-3, 1e-2))).space}
    assert names.isdisjoint({"backbone_rate", "sgd_learning_rate"})


def test_a_point_takes_the_rate_of_its_optimiser():
    values = {"unfrozen_stages": 1, "head_width": 0, "dropout": 0.0, "optimizer": "sgd", "sgd_learning_rate": 0.05}
    assert space.point(values).learning_rate == 0.05


def test_points_without_unfrozen_stages_do_not_differ_by_what_has_no_effect():
    values = {"unfrozen_stages": 0, "head_width": 0, "dropout": 0.0, "learning_rate": 0.01}
    assert space.point({**values, "backbone_rate": 0.5}) == space.point(values)


def test_samples_fall_into_every_slice_of_the_range_of_rates():
    drawn = [space.point(values) for values in space.sample(space.Space((0,), (0,), (0.0,), (1e-4, 1e0)), 4, seed=1)]
    rates = [one.learning_rate for one in drawn]
    assert [sum(low <= rate < 10 * low for rate in rates) for low in (1e-4, 1e-3, 1e-2, 1e-1)] == [1, 1, 1, 1]


def test_a_small_space_gives_each_of_its_points_once():
    drawn = space.sample(space.Space((0,), (0, 8), (0.0, 0.5), (1e-3, 1e-3)), 9, seed=1)
    assert len({space.point(values) for values in drawn}) == len(drawn) == 4


@pytest.mark.parametrize(
    ("stages", "expected"), [(5, (0, 2, 3, 5)), (14, (0, 4, 7, 14)), (9, (0, 3, 5, 9)), (1, (0, 1))]
)
def test_depths_are_spread_over_the_backbone(stages, expected):
    assert depths.spread(stages) == expected
