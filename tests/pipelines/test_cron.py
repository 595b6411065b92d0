from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from components.errors import ConfigError
from pipelines import cron

MONDAY = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


def firing(text: str, after: datetime = MONDAY, zone: str = "UTC") -> list[str]:
    times = cron.next_times(cron.check(text), after, ZoneInfo(zone))
    return [f"{moment:%a %d.%m. %H:%M:%S}" for moment in times]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0 0 3 * * *", ["Tue 02.06. 03:00:00", "Wed 03.06. 03:00:00", "Thu 04.06. 03:00:00"]),
        ("30 */20 * * * ?", ["Mon 01.06. 12:00:30", "Mon 01.06. 12:20:30", "Mon 01.06. 12:40:30"]),
        ("0 0 6 ? * MON-WED", ["Tue 02.06. 06:00:00", "Wed 03.06. 06:00:00", "Mon 08.06. 06:00:00"]),
        ("0 0 0 1,15 jul *", ["Wed 01.07. 00:00:00", "Wed 15.07. 00:00:00", "Thu 01.07. 00:00:00"]),
        ("0 15/30 9 1 * *", ["Wed 01.07. 09:15:00", "Wed 01.07. 09:45:00", "Sat 01.08. 09:15:00"]),
        ("0 0 0 * * 0", ["Sun 07.06. 00:00:00", "Sun 14.06. 00:00:00", "Sun 21.06. 00:00:00"]),
    ],
)
def test_six_fields_fire_with_the_second_first(text: str, times: list[str]):
    assert firing(text) == times


def test_the_zone_decides_when_three_o_clock_is():
    (first, *_) = cron.next_times("0 0 3 * * *", MONDAY, ZoneInfo("America/New_York"))
    assert first.astimezone(timezone.utc) == datetime(2026, 6, 2, 7, 0, tzinfo=timezone.utc)


def test_day_or_weekday_when_both_are_given_and_both_when_one_begins_with_a_star():
    assert firing("0 0 0 10 * mon") == ["Mon 08.06. 00:00:00", "Wed 10.06. 00:00:00", "Mon 15.06. 00:00:00"]
    assert firing("0 0 0 */2 * mon") == ["Mon 15.06. 00:00:00", "Mon 29.06. 00:00:00", "Mon 13.07. 00:00:00"]


def test_five_fields_are_refused_with_the_line_that_was_meant():
    with pytest.raises(ConfigError, match=r'Say "0 0 3 \* \* \*"'):
        cron.check("0 3 * * *")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("0 0 24 * * *", "hour '24': use 0 to 23"),
        ("60 0 3 * * *", "second '60': use 0 to 59"),
        ("0 0 3 0 * *", "day of the month '0': use 1 to 31"),
        ("0 0 3 * 13 *", "month '13': use 1 to 12, jan ..."),
        ("0 0 3 * * 7", "day of the week '7': use 0 to 6, sun ..."),
        ("0 0 5-3 * * *", "hour '5-3'"),
        ("0 */0 3 * * *", "minute '*/0'"),
        ("0 0 3 L * *", "day of the month 'L'"),
        ("0 0 3 *-5 * *", "day of the month '*-5'"),
        ("@daily", "has 1 fields; six are needed: second, minute"),
        ("0 61 * * *", "has 5 fields; six are needed"),
        ("", "has 0 fields"),
    ],
)
def test_what_the_scheduler_would_not_take_is_named(text: str, finding: str):
    with pytest.raises(ConfigError) as raised:
        cron.check(text)
    assert finding in str(raised.value)


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(ConfigError) as raised:
        cron.check("99 99 3 * * *")
    assert len(raised.value.findings) == 2


def test_a_day_that_never_comes_is_refused():
    with pytest.raises(ConfigError, match="never fires"):
        firing("0 0 0 30 2 *")


def test_a_server_without_seconds_gets_five_fields_and_refuses_a_second_that_matters():
    assert cron.five_fields("0 0 3 ? * mon") == "0 3 * * mon"
    with pytest.raises(ConfigError, match="second 30"):
        cron.five_fields("30 0 3 * * *")


def test_a_range_of_one_is_that_one():
    assert firing("0 0 0 5-5 * ?") == ["Fri 05.06. 00:00:00", "Sun 05.07. 00:00:00", "Wed 05.08. 00:00:00"]


def test_an_hour_that_the_clocks_skip_is_skipped():
    before = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)
    assert firing("0 30 2 * * *", before, "Europe/Berlin")[:2] == ["Mon 30.03. 02:30:00", "Tue 31.03. 02:30:00"]
