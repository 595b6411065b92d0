import pytest

from tuning.store.planner import CutCost, Plan, Verdict, Work, plan
from tuning.store.savings import saved_s


def verdict(cut, keep, read_s, compute_s):
    return Verdict(cut, keep, "", 0, read_s, compute_s, "")


# An image is decoded in 2 s, goes through a in 10 s more and through b in 5 s more; a is kept and read in 1 s.
KEPT_A = Plan((verdict("images", False, 9, 2), verdict("a", True, 1, 12), verdict("b", False, 9, 6)), 0.0)


def test_a_kept_cut_saves_everything_below_it_but_reading():
    assert saved_s({96: KEPT_A}, {(96, "a"): 3}, images=4, filled_s=20) == 4 * 3 * (12 - 1) - 20


def test_a_cut_that_is_computed_from_a_kept_one_saves_what_is_below_that():
    # Whole: 2 + 10 + 5 = 17; as planned: read a in 1, go on for 5.
    assert saved_s({96: KEPT_A}, {(96, "b"): 1}, images=1, filled_s=0) == 17 - 6


def test_a_cut_on_a_kept_one_on_a_kept_one_counts_all_of_them():
    both = Plan((*KEPT_A.verdicts[:2], verdict("b", True, 0.5, 6)), 0.0)
    assert saved_s({96: both}, {(96, "b"): 1}, images=1, filled_s=0) == 17 - 0.5


def test_features_that_were_hardly_read_cost_more_than_they_saved():
    assert saved_s({96: KEPT_A}, {(96, "a"): 1}, images=1, filled_s=20) == 11 - 20


def test_nothing_kept_saves_nothing():
    nothing = Plan((verdict("images", False, 9, 2), verdict("a", False, 9, 12)), 0.0)
    assert saved_s({96: nothing}, {(96, "a"): 50}, images=9, filled_s=0) == 0


@pytest.mark.parametrize(("budget", "row_s"), [(float("inf"), 0.01), (0, 0.5)])
def test_it_reads_the_planners_own_plans(budget, row_s):
    # Decoding 0.1 s and one stage 0.4 s an image; a stored row is 10 bytes at 1000 bytes a second.
    cuts = [CutCost("images", 10_000, 0.1, 0), CutCost("a", 10, 0.4, 20)]
    made = plan(cuts, Work(10, 10, read_bytes_a_s=1000, write_bytes_a_s=1000, budget_bytes=budget))
    assert saved_s({32: made}, {(32, "a"): 20}, images=10, filled_s=0) == pytest.approx(20 * 10 * (0.5 - row_s))


def test_an_unknown_cut_is_no_zero():
    with pytest.raises(KeyError):
        saved_s({96: KEPT_A}, {(96, "c"): 1}, images=1, filled_s=0)
