from components.pace import Pace, UnevenPace


def test_time_left_follows_from_what_was_done_since_the_first_count():
    pace = Pace()
    assert pace.left_s("images", 0, 100, now=1000) is None
    assert pace.left_s("images", 20, 100, now=1010) == 40  # 2 a second, 80 left


def test_what_was_there_at_the_first_count_is_no_pace():
    pace = Pace()
    assert pace.left_s("images", 60, 100, now=0) is None
    assert pace.left_s("images", 70, 100, now=5) == 15  # 2 a second, 30 left


def test_another_unit_begins_anew():
    pace = Pace()
    pace.left_s("images", 0, 100, now=0)
    pace.left_s("images", 100, 100, now=10)
    assert pace.left_s("trials", 0, 3, now=20) is None
    assert pace.left_s("trials", 1, 3, now=50) == 60


def test_a_smaller_count_begins_anew():
    pace = Pace()
    pace.left_s("images", 0, 100, now=0)
    pace.left_s("images", 100, 100, now=10)
    assert pace.left_s("images", 0, 50, now=11) is None  # the next view
    assert pace.left_s("images", 10, 50, now=12) == 4


def test_at_the_end_nothing_is_left():
    pace = Pace()
    pace.left_s("images", 0, 100, now=0)
    assert pace.left_s("images", 100, 100, now=10) == 0


def test_a_count_without_a_unit_has_a_first_one_too():
    pace = Pace()
    assert pace.left_s("", 1, 4, now=1000) is None
    assert pace.left_s("", 2, 4, now=1003) == 6


def test_pieces_that_took_next_to_nothing_say_nothing_of_those_to_come():
    pace = UnevenPace()
    assert pace.left_s(0, 10, now=0) is None
    assert pace.left_s(1, 10, now=30) == 9 * 30
    assert pace.left_s(4, 10, now=31) == 6 * 30  # three more took a second together
    assert pace.left_s(5, 10, now=81) == 5 * 40  # the mean of 30 and 50


def test_a_long_piece_makes_short_ones_count_no_more():
    pace = UnevenPace()
    pace.left_s(0, 10, now=0)
    pace.left_s(1, 10, now=1)
    assert pace.left_s(2, 10, now=101) == 8 * 100


def test_time_that_passes_within_a_piece_changes_nothing():
    pace = UnevenPace()
    pace.left_s(0, 3, now=0)
    assert pace.left_s(1, 3, now=10) == pace.left_s(1, 3, now=17) == 20
    assert pace.left_s(2, 3, now=20) == 10
