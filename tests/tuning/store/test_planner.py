import itertools

import numpy as np
import pytest

from tuning.store.planner import CutCost, Work, plan

MS = 1e-3


def work(budget=float("inf")):
    # 100 images; reading and writing 1,000 bytes takes a millisecond.
    return Work(rows=100, rows_a_pass=100, read_bytes_a_s=1e6, write_bytes_a_s=1e6, budget_bytes=budget)


def cuts(low_bytes=10_000, passes=10.0, missing=1.0):
    return (
        CutCost("images", 1_000, 1 * MS, 0.0),
        CutCost("low", low_bytes, 4 * MS, passes, missing),
        CutCost("high", 1_000, 5 * MS, passes, missing),
    )


def verdicts(found):
    return {verdict.cut: (verdict.keep, verdict.computed_from) for verdict in found.verdicts}


def test_a_cut_that_is_cheaper_to_compute_than_to_read_is_not_kept():
    # Ten passes over 100 images. low: reading 10 ms, computing 1 + 4 = 5 ms: 5 s. high: filled once, for 1 + 4 + 5 ms
    # and 1 ms of writing an image, 1.1 s, read for 10 * 100 * 1 ms = 1 s.
    found = plan(cuts(), work())
    assert verdicts(found) == {"images": (False, ""), "low": (False, ""), "high": (True, "high")}
    assert found.seconds == pytest.approx(7.1)
    assert found.bytes == 100_000
    assert "keeping it would cost more than it saves; computed from the image files" in found.table()


def test_cuts_that_are_cheap_to_read_are_kept_and_the_higher_one_is_filled_from_the_lower():
    # low: filled for 5.1 ms, 0.51 s, read for 0.1 s; high: 5 ms more and 1 ms of writing, 0.6 s, read for 1 s.
    found = plan(cuts(low_bytes=100), work())
    assert found.kept == ("low", "high")
    assert found.seconds == pytest.approx(0.51 + 0.1 + 0.6 + 1.0)


def test_what_does_not_fit_is_computed_from_the_nearest_kept_cut_below():
    # high's 100,000 bytes do not fit beside low's 10,000: it is read and computed from low, 5.1 ms, ten times.
    found = plan(cuts(low_bytes=100), work(budget=50_000))
    assert verdicts(found)["high"] == (False, "low")
    assert found.seconds == pytest.approx(0.51 + 0.1 + 5.1)
    assert "its 0 MB do not fit beside what saves more; computed from low" in found.table()


def test_nothing_fits_nothing_is_kept():
    found = plan(cuts(low_bytes=100), work(budget=0))
    assert found.kept == ()
    assert found.seconds == pytest.approx(5.0 + 10.0)


def test_what_is_looked_at_once_is_kept_only_if_more_than_one_depth_starts_from_it():
    images, low, _ = cuts(low_bytes=100, passes=1.0)
    assert plan((images, low), work()).kept == ()  # 5 ms against 5.1 for filling and 0.1 for reading
    # low and from it high: 5.1 + 0.1 + 0.1 + 5 = 10.3 ms an image, against 5 + 10.
    assert plan(cuts(low_bytes=100, passes=1.0), work()).kept == ("low",)


def test_what_is_stored_already_is_read_even_once():
    assert plan(cuts(low_bytes=100, passes=1.0, missing=0.0), work()).kept == ("low", "high")


def test_images_are_kept_if_decoding_them_is_what_takes_long():
    slow = (CutCost("images", 100, 50 * MS, 0.0), CutCost("pixels", 400_000, 0.1 * MS, 10.0))
    found = plan(slow, work())
    assert verdicts(found) == {"images": (True, "images"), "pixels": (False, "images")}


def test_a_list_that_does_not_begin_with_the_images_is_refused():
    with pytest.raises(ValueError, match="lowest cut must be images"):
        plan(cuts()[1:], work())


def cost_of(kept, offered, given):
    """The same decision's cost, written down without the planner's shortcuts."""
    total = 0.0
    for place, cut in enumerate(offered):
        below = [other for other in kept if other <= place]
        last = max(below, default=-1)
        read = offered[last].row_bytes / given.read_bytes_a_s if below else 0.0
        total += cut.passes * given.rows_a_pass * (read + sum(c.forward_s for c in offered[last + 1 : place + 1]))
        if place in kept:
            lower = max((other for other in kept if other < place), default=-1)
            fill = sum(c.forward_s for c in offered[lower + 1 : place + 1]) + cut.row_bytes / given.write_bytes_a_s
            total += cut.missing * given.rows * fill
    return total


@pytest.mark.parametrize("seed", range(20))
def test_no_choice_of_cuts_that_fits_is_cheaper(seed):
    draw = np.random.default_rng(seed)
    offered = tuple(
        CutCost(name, int(draw.integers(10, 5000)), draw.uniform(0, 8 * MS), draw.integers(0, 30), draw.uniform(0, 1))
        for name in ("images", "a", "b", "c", "d", "e")
    )
    given = work(budget=draw.uniform(0, 8e5))
    fitting = [
        kept for size in range(7) for kept in itertools.combinations(range(6), size)
        if sum(offered[place].row_bytes for place in kept) * given.rows <= given.budget_bytes
    ]  # fmt: skip
    found = plan(offered, given)
    assert found.bytes <= given.budget_bytes
    assert found.seconds == pytest.approx(min(cost_of(kept, offered, given) for kept in fitting))
