import pytest

from pipelines.board import Board


def event(kind: str, step: str = "tune", item: str = "xception", time: float = 100.0, **values) -> dict:
    return {"event": kind, "step": step, "item": item, "time": time, **values}


def board_of(*events: dict) -> Board:
    board = Board()
    for each in events:
        board.apply(each)
    return board


def test_a_running_search_tells_trial_best_and_what_is_tried():
    board = board_of(event("started"), event("progress", done=3, total=10, unit="trials", best=0.9414, text="head 128"))
    (row,) = board.rows.values()
    assert row.title == "tune xception"
    assert row.detail(now=112.0) == "trial 4 of 10, best 0.941, head 128"
    assert row.elapsed_s(now=112.0) == 12.0


def test_time_left_shrinks_while_nothing_is_told_and_stands_with_the_cost():
    told = {"done": 3, "total": 10, "unit": "trials", "left_s": 720.0, "cost": 0.349, "cost_left": 0.8}
    (row,) = board_of(event("started"), event("progress", time=200.0, **told)).rows.values()
    assert row.detail(now=200.0) == "trial 4 of 10, about 12 min left, cost 0.35 and about 0.80 to come"
    assert row.detail(now=680.0) == "trial 4 of 10, about 4 min left, cost 0.35 and about 0.80 to come"
    assert "about 0 s left" in row.detail(now=9999.0)


@pytest.mark.parametrize(("left_s", "words"), [(40, "40 s"), (89, "89 s"), (91, "2 min"), (5460, "1 h 31 min")])
def test_time_left_is_told_in_units_that_a_person_waits_in(left_s, words):
    (row,) = board_of(event("started"), event("progress", done=1, total=2, unit="epochs", left_s=left_s)).rows.values()
    assert row.detail(now=100.0) == f"1 of 2 epochs, about {words} left"


def test_when_all_trials_are_done_no_further_one_is_counted():
    (row,) = board_of(event("started"), event("progress", done=10, total=10, unit="trials")).rows.values()
    assert row.detail(now=100.0) == "10 of 10 trials"


def test_images_are_told_with_the_rate_at_which_they_come_however_long_the_step_has_worked():
    of_400 = {"done": 400, "total": 800, "unit": "images"}
    (row,) = board_of(event("started"), event("progress", time=700.0, left_s=4.0, **of_400)).rows.values()
    assert row.detail(now=700.0) == "400 of 800 images, 100 images/s, about 4 s left"
    (row,) = board_of(event("started"), event("progress", time=700.0, **of_400)).rows.values()
    assert row.detail(now=704.0) == "400 of 800 images"  # nobody knows how many of them were there


def test_a_finished_step_tells_what_came_out():
    counts = {"train": {"a": 5, "b": 4}, "test": {"a": 1, "b": 1}}
    facts = {"counts": counts, "quarantined": {"truncated": 2}, "duplicates": 1}
    board = board_of(
        event("started", "preprocess", ""),
        event("finished", "preprocess", "", seconds=7.5, reused=False, facts=facts),
    )
    (row,) = board.rows.values()
    assert (row.status, row.elapsed_s(now=999.0)) == ("done", 7.5)
    assert row.detail(now=999.0) == "11 admitted, 2 quarantined, 1 duplicates"


def test_a_result_that_was_there_is_marked():
    board = board_of(event("started"), event("finished", seconds=0.1, reused=True, facts={}))
    assert next(iter(board.rows.values())).status == "reused"


def test_the_failure_is_the_step_that_failed_with_its_exit_code():
    board = board_of(
        event("started", "ingest", "", log="/logs/ingest.log"),
        event("failed", "ingest", "", seconds=0.1, error="No images.\nAdd some.", exit_code=65),
        event("started", "notify", ""),
    )
    assert board.failure is not None
    assert (board.failure.step, board.failure.exit_code, board.failure.log) == ("ingest", 65, "/logs/ingest.log")
    assert board.failure.detail(now=0.0) == "No images."


def test_a_step_that_is_tried_again_is_no_failure_any_more():
    board = board_of(
        event("started"),
        event("failed", seconds=1, error="preempted", exit_code=70),
        event("started", time=200.0),
        event("finished", seconds=2, reused=False, facts={"best_score": 0.9, "unfrozen_stages": 1}),
    )
    assert board.failure is None
    assert next(iter(board.rows.values())).detail(now=0.0) == "best 0.900 with 1 unfrozen stages"
