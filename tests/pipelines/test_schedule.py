"""Schedules on a server that answers over HTTP."""

from datetime import datetime, timezone

import pytest

from components.config import SearchConfig, TrainingConfig
from components.errors import BrandlensError, ConfigError
from pipelines import schedule
from pipelines.server.errors import NotOnServerError, ServerError

CONFIG = TrainingConfig()
NIGHTLY, WEEKLY = "0 0 3 * * *", "0 0 3 * * sun"


def crons(kfp) -> list[str]:
    return [one.trigger.cron_schedule.cron for one in kfp.state.recurring.values()]


def test_a_schedule_runs_one_at_a_time_and_catches_nothing_up(kfp, profile_of):
    schedule.create(CONFIG, profile_of(service_account="trainer"), NIGHTLY)
    (made,) = kfp.state.recurring.values()
    assert (made.max_concurrency, made.no_catchup, made.status) == ("1", True, "ENABLED")
    assert made.runtime_config.parameters == {"raw": "gs://b/raw", "data_root": "gs://b/root"}
    assert made.service_account == "trainer"
    assert made.pipeline_version_reference.pipeline_version_id in kfp.state.versions


def test_the_next_three_times_are_told_in_the_profiles_zone(kfp, profile_of):
    now = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    made = schedule.create(CONFIG, profile_of(time_zone="Europe/Berlin"), NIGHTLY, now=now)
    assert [moment.isoformat() for moment in made.next_times] == [
        "2026-06-02T03:00:00+02:00", "2026-06-03T03:00:00+02:00", "2026-06-04T03:00:00+02:00",
    ]  # fmt: skip


def test_five_fields_are_refused_before_the_server_hears_of_them(kfp, profile_of):
    with pytest.raises(ConfigError, match=r'Say "0 0 3 \* \* \*"'):
        schedule.create(CONFIG, profile_of(), "0 3 * * *")
    assert kfp.requests == []


def test_a_new_schedule_replaces_the_one_of_its_name_and_no_other(kfp, profile_of):
    old = schedule.create(CONFIG, profile_of(), NIGHTLY).schedule
    schedule.create(CONFIG, profile_of(), NIGHTLY, name="other")
    made = schedule.create(CONFIG, profile_of(), WEEKLY)
    assert [one.schedule_id for one in made.replaced] == [old.schedule_id]
    assert crons(kfp) == [NIGHTLY, WEEKLY]


def test_the_same_schedule_again_changes_nothing(kfp, profile_of):
    first = schedule.create(CONFIG, profile_of(), NIGHTLY)
    again = schedule.create(CONFIG, profile_of(), NIGHTLY)
    assert (again.made, again.schedule.schedule_id) == (False, first.schedule.schedule_id)
    assert kfp.count("POST", "/recurringruns") == 1


@pytest.mark.parametrize("change", ["configuration", "paused"])
def test_a_schedule_that_differs_in_what_it_does_is_made_anew(kfp, profile_of, change):
    first = schedule.create(CONFIG, profile_of(), NIGHTLY).schedule
    config = CONFIG
    if change == "paused":
        schedule.switch(profile_of(), "brandlens", False)
    else:
        config = TrainingConfig(search=SearchConfig(trials=3))
    assert schedule.create(config, profile_of(), NIGHTLY).made
    assert list(kfp.state.recurring) != [first.schedule_id]
    assert crons(kfp) == [NIGHTLY]


def test_the_old_schedule_stays_if_the_new_one_cannot_be_made(kfp, profile_of):
    schedule.create(CONFIG, profile_of(), NIGHTLY)
    kfp.fault("POST", "/recurringruns", status=403)
    with pytest.raises(BrandlensError, match="403"):
        schedule.create(CONFIG, profile_of(), WEEKLY)
    assert crons(kfp) == [NIGHTLY]
    assert [one.status for one in kfp.state.recurring.values()] == ["ENABLED"]


@pytest.mark.parametrize(
    "fault",
    [{"cut": True, "acted": True}, {"status": 500, "acted": True}, {"cut": True}, {"status": 429, "times": 2}],
    ids=["cut-after-it-acted", "500-after-it-acted", "cut-before-it-acted", "429-twice"],
)
def test_a_lost_or_bad_reply_never_makes_a_schedule_twice(kfp, profile_of, fault):
    kfp.fault("POST", "/recurringruns", **fault)
    made = schedule.create(CONFIG, profile_of(), NIGHTLY)
    assert list(kfp.state.recurring) == [made.schedule.schedule_id]


def test_a_lost_reply_to_a_deletion_is_no_error(kfp, profile_of):
    schedule.create(CONFIG, profile_of(), NIGHTLY)
    kfp.fault("DELETE", "/recurringruns/.*", cut=True, acted=True)
    schedule.create(CONFIG, profile_of(), WEEKLY)
    assert crons(kfp) == [WEEKLY]


def test_an_old_schedule_that_cannot_be_removed_is_named_with_what_to_do(kfp, profile_of):
    old = schedule.create(CONFIG, profile_of(), NIGHTLY).schedule.schedule_id
    kfp.fault("DELETE", "/recurringruns/.*", status=403)
    with pytest.raises(ServerError, match=f"brandlens schedule delete {old}"):
        schedule.create(CONFIG, profile_of(), WEEKLY)
    assert crons(kfp) == [NIGHTLY, WEEKLY]


def test_a_run_goes_on_when_its_schedule_is_replaced(kfp, profile_of):
    kfp.state.tag = "2.16.0"
    run = kfp.state.fire(schedule.create(CONFIG, profile_of(), NIGHTLY).schedule.schedule_id)
    schedule.create(CONFIG, profile_of(), WEEKLY)
    assert (run.state, crons(kfp)) == ("RUNNING", [WEEKLY])


@pytest.mark.parametrize("tag", ["2.15.2", "unknown"])
def test_a_server_that_would_delete_the_run_with_its_schedule_is_not_asked_to(kfp, profile_of, tag):
    kfp.state.tag = tag
    old = schedule.create(CONFIG, profile_of(), NIGHTLY).schedule.schedule_id
    run = kfp.state.fire(old)
    with pytest.raises(ServerError, match=f"The schedule {old} is paused and not deleted: a run .* goes on"):
        schedule.create(CONFIG, profile_of(), WEEKLY)
    assert (run.state, kfp.state.recurring[old].status) == ("RUNNING", "DISABLED")
    assert kfp.count("DELETE", "/recurringruns/.*") == 0
    run.state = "SUCCEEDED"
    schedule.delete(profile_of(), old)
    assert crons(kfp) == [WEEKLY]


def test_schedules_are_listed_over_all_pages(kfp, profile_of):
    for number in range(5):
        schedule.create(CONFIG, profile_of(), NIGHTLY, name=f"s{number}")
    kfp.state.page_limit = 2
    assert [one.name for one in schedule.listed(profile_of())] == ["s0", "s1", "s2", "s3", "s4"]


def test_a_schedule_is_paused_resumed_and_deleted_by_name_or_id(kfp, profile_of):
    made = schedule.create(CONFIG, profile_of(), NIGHTLY).schedule
    schedule.switch(profile_of(), made.name, False)
    assert not schedule.listed(profile_of())[0].enabled
    schedule.switch(profile_of(), made.schedule_id, True)
    assert schedule.listed(profile_of())[0].enabled
    schedule.delete(profile_of(), made.name)
    assert schedule.listed(profile_of()) == ()


def test_a_schedule_that_is_not_there_is_refused_with_those_that_are(kfp, profile_of):
    schedule.create(CONFIG, profile_of(), NIGHTLY, name="nightly")
    with pytest.raises(NotOnServerError, match="No schedule 'nihgtly' on the server; there are: nightly"):
        schedule.delete(profile_of(), "nihgtly")
