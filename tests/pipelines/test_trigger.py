"""Events on a clock of the test's own, and runs on a server that answers over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from components.config import TrainingConfig
from pipelines import trigger
from pipelines.profiles import Profile
from pipelines.server.errors import ServerError
from pipelines.submit import submit
from pipelines.trigger import Last, NotYetError, submit_for_event

CONFIG = TrainingConfig()
NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
QUIET_S = 300


def at(minutes):
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def place(profile_of, tmp_path, request):
    """A folder, unless the test asks for a bucket."""
    root = request.getfixturevalue("bucket") if "bucket" in request.fixturenames else str(tmp_path)
    return profile_of().model_copy(update={"raw": "gs://b/raw", "data_root": root})


@pytest.fixture
def event(kfp, place):
    """(minute at which it happened, minute at which it is delivered) -> the run's name."""
    kfp.state.script = ["RUNNING"]

    def deliver(happened, now):
        return submit_for_event(CONFIG, place, at(happened), QUIET_S, at(now)).name

    return deliver


def names(kfp):
    return [run.display_name for run in kfp.state.runs.values()]


def test_an_event_starts_a_run_when_it_has_been_quiet(kfp, event):
    with pytest.raises(NotYetError, match="Only 240 seconds ago"):
        event(0, 4)
    assert names(kfp) == []
    assert [event(0, 5)] == names(kfp)


def test_an_event_that_is_delivered_again_is_served_already(kfp, event):
    assert event(0, 5) == event(0, 5) == event(0, 90)
    assert len(kfp.state.runs) == 1


def test_a_burst_before_the_run_is_served_by_it(kfp, event):
    first = event(0, 5)
    assert [event(second / 60, 6) for second in range(0, 240, 10)] == [first] * 24
    assert len(kfp.state.runs) == 1


def test_a_burst_while_a_run_works_waits_and_is_served_by_one_more(kfp, event):
    first = event(0, 5)
    for minute in (6, 7, 8, 9):
        with pytest.raises(NotYetError, match=f"Run {first} is in progress"):
            event(minute, 30)
    kfp.state.script = ["FAILED"]
    second = event(7, 31)
    assert second != first
    kfp.state.script = ["RUNNING"]
    assert {event(minute, 32) for minute in (6, 8, 9)} == {second}
    assert names(kfp) == [first, second]


def test_what_happens_as_the_run_begins_is_not_taken_for_seen(kfp, event):
    event(0, 5)
    with pytest.raises(NotYetError):
        event(5, 6)


def served_together(event, minutes):
    """The runs that simultaneous callers, one for each of these moments, were told of."""

    def deliver(minute):
        try:
            return event(minute, 5)
        except NotYetError:
            return None

    with ThreadPoolExecutor(len(minutes)) as pool:
        return {name for name in pool.map(deliver, minutes) if name}


def test_many_at_the_same_moment_start_one(kfp, event):
    served = served_together(event, [second / 60 for second in range(8)])
    assert names(kfp) == sorted(served)
    assert len(served) == 1


def test_in_a_bucket_too_many_at_the_same_moment_start_one(kfp, event, bucket):
    served = served_together(event, [0] * 4)
    assert names(kfp) == sorted(served)
    assert len(served) == 1


def test_a_caller_that_died_between_claim_and_run_is_made_up_for(kfp, event, place):
    Last(name="claimed", began=at(5), asked=at(5)).write(f"{place.data_root}/trigger/last.json")
    with pytest.raises(NotYetError, match="Run claimed is being started"):
        event(0, 14.9)
    assert event(0, 15) == "claimed"
    assert names(kfp) == ["claimed"]


def test_a_claim_whose_run_was_asked_for_finds_that_run(kfp, event, place):
    submit(CONFIG, place, name="claimed")
    Last(name="claimed", began=at(5), asked=at(5)).write(f"{place.data_root}/trigger/last.json")
    assert event(0, 15) == "claimed"
    assert names(kfp) == ["claimed"]


def test_a_server_that_fails_leaves_the_claim_for_a_later_delivery(kfp, event):
    kfp.fault("POST", "/runs", status=500, times=99)
    with pytest.raises(ServerError):
        event(0, 5)
    kfp.faults.clear()
    assert [event(0, 15)] == names(kfp)


def test_a_run_that_somebody_removed_keeps_nobody_waiting(kfp, event):
    first = event(0, 5)
    kfp.state.runs.clear()
    assert event(6, 30) != first


@pytest.mark.parametrize(
    ("data", "concerned"),
    [
        ({"bucket": "b", "name": "raw/acme/1.jpg"}, True),
        ({"bucket": "b", "name": "root/runs/r1/summary.json"}, False),
        ({"bucket": "b", "name": "raw-old/acme/1.jpg"}, False),
        ({"bucket": "c", "name": "raw/acme/1.jpg"}, False),
        ({"message": {"data": "aGk="}}, True),
        ({}, True),
    ],
)
def test_only_raw_images_and_what_was_sent_on_purpose_start_runs(data, concerned):
    profile = Profile(platform="kubeflow", raw="gs://b/raw", data_root="gs://b/root")
    assert trigger.concerns(profile, data) is concerned
