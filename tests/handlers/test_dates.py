"""Dates, moments and absences: what holds on every day of the calendar. Single phrases stand in tests/corpus."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.understanding.absences import read_range
from handlers.understanding.dates import read_day
from handlers.understanding.moments import read_moment

DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))
WEDNESDAY = date(2026, 11, 25)
NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def day(text: str, today: date) -> date:
    read = read_day(text, 0, today)
    assert read is not None
    return read.day


@given(DAYS, st.integers(0, 6))
def test_a_weekday_is_the_next_one_today_included(today: date, weekday: int) -> None:
    found = day(NAMES[weekday], today)
    assert found.weekday() == weekday
    assert timedelta(0) <= found - today < timedelta(7)


@given(DAYS, st.integers(0, 6))
def test_next_weekday_lies_in_the_next_monday_to_sunday_week(today: date, weekday: int) -> None:
    found = day(f"{NAMES[weekday]} next week", today)
    assert found - timedelta(found.weekday()) == today - timedelta(today.weekday()) + timedelta(7)


@given(DAYS, st.integers(0, 6))
def test_next_weekday_in_english_is_asked_about_while_this_one_is_ahead(today: date, weekday: int) -> None:
    read = read_day(f"next {NAMES[weekday]}", 0, today)
    assert read is not None
    assert bool(read.options) == (weekday > today.weekday())


@given(DAYS)
def test_a_month_ends_on_its_last_day(today: date) -> None:
    found = day("end of month", today)
    assert found.month == today.month
    assert (found + timedelta(1)).day == 1


@given(DAYS)
def test_a_quarter_ends_in_march_june_september_or_december(today: date) -> None:
    found = day("end of quarter", today)
    assert found.month % 3 == 0
    assert timedelta(0) <= found - today < timedelta(93)
    assert (found + timedelta(1)).day == 1


@given(DAYS, DAYS)
def test_a_month_and_day_is_never_past(today: date, meant: date) -> None:
    read = read_day(f"{meant:%b} {meant.day}".lower(), 0, today)
    assert read is None or read.day >= today


@given(DAYS, DAYS)
def test_a_full_date_is_itself(today: date, meant: date) -> None:
    assert day(meant.isoformat(), today) == meant


@given(DAYS, st.integers(1, 99))
def test_in_so_many_days_is_counted_from_today(today: date, days: int) -> None:
    assert day(f"in {days} days", today) == today + timedelta(days)


@pytest.mark.parametrize("text", ["feb 30", "13/32", "2026-02-29", "the 45th", "0/0", "2026-13-01"])
def test_a_date_that_does_not_exist_is_none(text: str) -> None:
    assert read_day(text, 0, WEDNESDAY) is None


@given(DAYS, st.integers(1, 60))
def test_days_away_count_from_today_and_include_it(today: date, days: int) -> None:
    read = read_range(f"{days} days", 0, today)
    assert read is not None
    assert (read.start, read.until) == (today, today + timedelta(days - 1))


@given(DAYS, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_an_absence_never_ends_before_it_begins(today: date, first: str, last: str) -> None:
    read = read_range(f"{first} to {last}", 0, today)
    assert read is not None
    assert read.start is not None
    assert read.until is not None
    assert read.start <= read.until


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1))  # noqa: DTZ001
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Lima"])


@given(MOMENTS, ZONES, st.integers(1, 72))
def test_later_by_hours_is_that_long_whatever_the_clocks_do(when: datetime, name: str, hours: int) -> None:
    now, zone = when.replace(tzinfo=UTC, microsecond=0), ZoneInfo(name)
    moment = read_moment(f"{hours}h", now, zone)
    assert moment is not None
    assert moment.until is not None
    assert moment.until.astimezone(UTC) - now == timedelta(hours=hours)
    assert moment.until.utcoffset() == moment.until.astimezone(zone).utcoffset()


@given(MOMENTS, ZONES)
def test_tomorrow_is_nine_o_clock_by_the_persons_own_clock(when: datetime, name: str) -> None:
    now, zone = when.replace(tzinfo=UTC), ZoneInfo(name)
    moment = read_moment("tomorrow", now, zone)
    assert moment is not None
    assert moment.until is not None
    assert (moment.until.date(), moment.until.hour) == (now.astimezone(zone).date() + timedelta(1), 9)


@given(MOMENTS, ZONES, st.sampled_from(["this afternoon", "tonight", "at 3pm", "this morning"]))
def test_a_moment_already_past_has_no_time(when: datetime, name: str, words: str) -> None:
    now = when.replace(tzinfo=UTC)
    moment = read_moment(words, now, ZoneInfo(name))
    assert moment is not None
    assert moment.past == (moment.until is None)
    assert moment.until is None or moment.until > now
