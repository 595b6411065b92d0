import pytest

from tuning import space
from tuning.shares import WHOLE, Part, Share

SPACE = space.Space((0, 2, 1), (0, 8), (0.0, 0.5), (1e-3, 1e-2), backbone_rate=(0.1, 0.3))
FIXED_RATE = space.Space((0, 1), (0, 8), (0.0, 0.2, 0.5), (1e-3, 1e-3))


def workers(of):
    return [Share(number, of) for number in range(1, of + 1)]


def sampled(count=40, searched=SPACE, seed=1):
    return space.sample(searched, count, seed)


@pytest.mark.parametrize(("total", "counts"), [(10, [4, 3, 3]), (9, [3, 3, 3]), (3, [1, 1, 1]), (11, [4, 4, 3])])
def test_trials_are_split_evenly_and_the_first_take_what_is_left_over(total, counts):
    assert [share.count(total) for share in workers(3)] == counts
    assert [len(share.dealt(range(total))) for share in workers(3)] == counts


def test_who_shares_with_nobody_has_everything_and_the_seed_as_it_is():
    assert (WHOLE.count(10), WHOLE.dealt("abc"), WHOLE.seed(17)) == (10, ["a", "b", "c"], 17)
    assert Part(SPACE, WHOLE).own(sampled(1)[0]) == sampled(1)[0]


def test_seeds_are_further_apart_than_a_search_counts_them_up():
    # KerasTuner adds one for each number that it draws: 1,000 trials of some 15 numbers, drawn up to 20 times.
    assert Share(2, 3).seed(17) - WHOLE.seed(17) > 1000 * 15 * 20
    assert Share(3, 3).seed(17) - Share(2, 3).seed(17) > 1000 * 15 * 20


@pytest.mark.parametrize("by_head", [False, True])
def test_every_point_belongs_to_one_worker_and_what_was_dealt_to_whom_it_was_dealt(by_head):
    points = [space.point(values) for values in sampled()]
    heads = [space.point({**values, "unfrozen_stages": 0}) for values in sampled(7, seed=2)]
    parts = [Part(SPACE, share, heads, by_head) for share in workers(3)]
    assert all(sum(part.has(point) for part in parts) == 1 for point in points)
    assert [[part.has(head) for part in parts].index(True) for head in heads] == [0, 1, 2, 0, 1, 2, 0]
    assert all(sum(part.has(point) for point in points) >= 5 for part in parts)  # of 40


def test_a_head_that_was_dealt_is_its_workers_own_at_every_depth():
    (head,) = sampled(1)
    part = Part(SPACE, Share(2, 2), [space.point(sampled(1, seed=9)[0]), space.point(head)], by_head=True)
    assert all(part.has(space.point({**head, "unfrozen_stages": depth, "backbone_rate": 0.3})) for depth in (0, 1, 2))


@pytest.mark.parametrize("of", [2, 5])
def test_a_foreign_point_becomes_ones_own_by_a_hair_of_its_learning_rate(of):
    for share in workers(of):
        part = Part(SPACE, share)
        for values in sampled(10):
            own = part.own(values)
            assert part.has(space.point(own))
            assert own["learning_rate"] == pytest.approx(values["learning_rate"], rel=0.02)
            assert 1e-3 <= own["learning_rate"] <= 1e-2
            assert {**own, "learning_rate": 0} == {**values, "learning_rate": 0}


def test_a_point_at_the_bound_moves_inwards():
    edge = {**sampled(1)[0], "learning_rate": 1e-2}
    moved = [Part(SPACE, share).own(edge)["learning_rate"] for share in workers(3)]
    assert len(set(moved)) == 3
    assert max(moved) == 1e-2


def test_a_foreign_point_without_a_learning_rate_to_choose_is_refused():
    parts = [Part(FIXED_RATE, share) for share in workers(2)]
    assert all([part.own(values) for part in parts].count(None) == 1 for values in sampled(12, FIXED_RATE))
