"""Time is decided once: the wall time people mean, in every zone, on the days the clocks change, and in any rhythm."""

import calendar as months
import itertools
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks import calendar_figure
from models.organization import WEEKDAYS
from services import calendar

ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
DATES = st.dates(date(1975, 1, 1), date(2045, 12, 31))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda it: f"{it:%H:%M}")
MINUTES = st.sampled_from([0, 15, 30, 45, 59])
ROOT = Path(__file__).parent.parent.parent
WORK = ",".join(it.upper() for it in WEEKDAYS[:5])


def wall(on: date, at: str) -> datetime:
    return datetime.combine(on, datetime.strptime(at, "%H:%M").time())  # noqa: DTZ007  a wall time has no zone


def passes(naive: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every instant at which the clocks of that zone show this wall time: none in a gap, two in an overlap."""
    start = naive.replace(tzinfo=UTC)
    offsets = {(start + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(-30, 31)}
    instants = {start - offset for offset in offsets if offset is not None}
    return sorted(it for it in instants if it.astimezone(zone).replace(tzinfo=None) == naive)


@st.composite
def moments_near_a_change(draw: st.DrawFn) -> tuple[str, date, str]:
    """A zone, a day on which its clocks change if they do that year, and a wall time."""
    key, year = draw(ZONES), draw(st.integers(1975, 2037))
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=number) for number in range(366)]
    pairs = itertools.pairwise(noons)
    changes = [
        two.date() for one, two in pairs if len({it.astimezone(ZoneInfo(key)).utcoffset() for it in (one, two)}) > 1
    ]
    return (
        key,
        draw(st.sampled_from(changes) if changes else DATES),
        f"{draw(st.integers(0, 4)):02d}:{draw(MINUTES):02d}",
    )


@settings(max_examples=400, deadline=None)
@given(moments_near_a_change() | st.tuples(ZONES, DATES, TIMES))
def test_a_wall_time_is_the_first_instant_at_which_the_clocks_there_show_it(moment: tuple[str, date, str]) -> None:
    key, on, at = moment
    instant, shown = calendar.instant(on, at, key), passes(wall(on, at), ZoneInfo(key))
    assert instant.tzinfo is UTC
    if shown:
        assert instant == shown[0]
        assert calendar.local(instant, key).replace(tzinfo=None) == wall(on, at)
    else:
        later = calendar.local(instant, key).replace(tzinfo=None) - wall(on, at)
        assert timedelta() < later <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("key", "on", "at", "utc", "shows"),
    [
        ("Asia/Shanghai", "2026-11-23", "09:30", "2026-11-23T01:30", "09:30"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30", "02:30"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30", "01:30"),
        ("America/New_York", "2026-03-08", "02:15", "2026-03-08T07:15", "03:15"),
        ("America/New_York", "2026-11-01", "01:15", "2026-11-01T05:15", "01:15"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:40", "02:40"),
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00", "01:00"),
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T19:00", "09:00"),
        ("Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15", "00:00"),
    ],
)
def test_a_skipped_hour_moves_forward_and_a_repeated_one_means_its_first_pass(
    key: str, on: str, at: str, utc: str, shows: str
) -> None:
    instant = calendar.instant(date.fromisoformat(on), at, key)
    assert instant == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert f"{calendar.local(instant, key):%H:%M}" == shows


@pytest.mark.parametrize("key", ["", "Mars/Olympus", "../../etc/passwd", "Asia/Shanghai\x00", "UTC+8", "/etc/passwd"])
def test_what_is_no_zone_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not an IANA time zone"):
        calendar.zone(key)


@pytest.mark.parametrize("written", ["25:00", "24:00", "9.30", "", "09:30:00", "noon", "09:60"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        calendar.wall_time(written)


def test_each_wall_time_is_one_instant_the_right_one_in_a_sample_of_the_published_figure() -> None:
    """All of it: python -m benchmarks.calendar_figure."""
    found = calendar_figure.figure(calendar_figure.zones()[::7], date(2026, 1, 1), date(2027, 12, 31), every=30)
    assert found.errors == 0
    assert found.instants > 2_000
    assert found.changes > 50


# --- rhythms


def occurrences(rhythm: str, starts: date, count: int) -> list[date]:
    found: list[date] = []
    after = starts - timedelta(days=1)
    while len(found) < count:
        following = calendar.next_occurrence(rhythm, starts, after)
        assert following is not None
        found.append(following)
        after = following
    return found


@given(st.integers(1, 12), st.sampled_from(WEEKDAYS), DATES)
def test_every_so_many_weeks_means_exactly_so_many(weeks: int, day: str, starts: date) -> None:
    rhythm = f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY={day.upper()}"
    found = occurrences(rhythm, starts, 4)
    assert {later - earlier for earlier, later in itertools.pairwise(found)} == {timedelta(weeks=weeks)}
    assert all(calendar.is_working_day([day], each) for each in found)


@given(st.integers(2000, 2040), st.integers(1, 12))
def test_the_last_working_day_of_a_month_is_that(year: int, month: int) -> None:
    rhythm = f"FREQ=MONTHLY;BYDAY={WORK};BYSETPOS=-1"
    last = date(year, month, months.monthrange(year, month)[1])
    while last.weekday() > 4:
        last -= timedelta(days=1)
    assert calendar.next_occurrence(rhythm, date(2000, 1, 1), date(year, month, 1) - timedelta(days=1)) == last


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    rhythm = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    assert occurrences(rhythm, date(2024, 1, 1), 3) == [date(2024, 2, 29), date(2028, 2, 29), date(2032, 2, 29)]
    calendar.check_rhythm(rhythm, date(2024, 1, 1))


@given(DATES, st.integers(0, 800))
def test_an_occurrence_is_later_than_the_last_and_never_before_the_beginning(starts: date, days: int) -> None:
    after = starts - timedelta(days=400) + timedelta(days=days)
    found = calendar.next_occurrence("FREQ=WEEKLY;BYDAY=MO,TH", starts, after)
    assert found is not None
    assert found > after
    assert found >= starts
    assert found.weekday() in (0, 3)


def test_a_rhythm_that_ended_fires_no_more() -> None:
    rhythm = "FREQ=DAILY;UNTIL=20260105"
    assert calendar.next_occurrence(rhythm, date(2026, 1, 1), date(2026, 1, 4)) == date(2026, 1, 5)
    assert calendar.next_occurrence(rhythm, date(2026, 1, 1), date(2026, 1, 5)) is None


@pytest.mark.parametrize(
    "rhythm",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;UNTIL=20200101",
    ],
)
def test_a_rhythm_that_never_fires_is_refused_quickly(rhythm: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match="never fires"):
        calendar.check_rhythm(rhythm, date(2024, 1, 2))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "rhythm",
    [
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;INTERVAL=5",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;BYMINUTE=0,30",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;INTERVAL=x",
        "FREQ=WEEKLY;NONSENSE=1",
        "FREQ=WEEKLY\nFREQ=DAILY",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "every monday",
        "",
        ";;;",
        "FREQ",
    ],
)
def test_what_is_no_rhythm_of_days_is_refused(rhythm: str) -> None:
    with pytest.raises(ValueError, match=r"FREQ|rhythm|rule"):
        calendar.check_rhythm(rhythm, date(2024, 1, 1))


@pytest.mark.parametrize("rhythm", [f"FREQ={freq};INTERVAL=0" for freq in calendar.ALLOWED_FREQUENCIES])
def test_an_interval_of_nothing_is_refused_and_not_waited_for(rhythm: str) -> None:
    asks = f"from datetime import date; from services import calendar; calendar.check_rhythm({rhythm!r}, date.min)"
    asks = asks.replace("date.min", "date(2024, 1, 1)")
    done = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, timeout=15)
    assert "ValueError" in done.stderr


PARTS = [
    *(
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "INTERVAL=2",
        "INTERVAL=53",
        "BYDAY=MO",
        "BYDAY=-1FR",
    ),
    *("BYDAY=2TU,SU", "BYMONTHDAY=31", "BYMONTHDAY=-1", "BYMONTH=2", "BYMONTH=13", "BYSETPOS=-1", "BYSETPOS=9"),
    *(
        "BYWEEKNO=53",
        "BYYEARDAY=366",
        "WKST=SU",
        "UNTIL=20300101",
        "UNTIL=x",
        "BYDAY=9MO",
        "BYEASTER=0",
        "COUNT=2",
        "=",
    ),
]


@settings(deadline=2_000, phases=[Phase.generate], report_multiple_bugs=False)
@given(st.lists(st.sampled_from(PARTS), max_size=5).map(";".join))
def test_any_rule_is_answered_soon_with_a_date_or_a_sentence(rhythm: str) -> None:
    try:
        calendar.check_rhythm(rhythm, date(2024, 1, 1))
    except ValueError:
        return
    assert calendar.next_occurrence(rhythm, date(2024, 1, 1), date(2023, 12, 31)) is not None


# --- weeks and days


@given(ZONES, MOMENTS)
def test_every_instant_lies_within_its_week(key: str, moment: datetime) -> None:
    begins, ends = calendar.week_bounds(calendar.iso_week(moment, key), key)
    assert begins <= moment < ends


@given(ZONES, MOMENTS, st.integers(0, 6), TIMES)
def test_the_next_weekly_instant_is_ahead_and_within_eight_days(key: str, moment: datetime, day: int, at: str) -> None:
    found = calendar.next_weekly(day, at, key, moment)
    assert timedelta() < found - moment <= timedelta(days=8)


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-02-29", "P12M", "2025-02-28"),
        ("2026-11-23", "P7D", "2026-11-30"),
        ("2026-03-31", "-P1M", "2026-02-28"),
    ],
)
def test_a_date_moves_by_days_or_months_and_keeps_to_the_end_of_the_month(
    day: str, duration: str, expected: str
) -> None:
    assert calendar.shifted(date.fromisoformat(day), duration) == date.fromisoformat(expected)


@pytest.mark.parametrize("duration", ["", "P", "7D", "P1Y", "P1.5D", "PT8H", "P7D "])
def test_what_is_no_duration_of_days_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        calendar.shifted(date(2026, 1, 1), duration)


QUIET = [
    ("22:00", "08:00", "2026-11-23 21:59", None),
    ("22:00", "08:00", "2026-11-23 22:00", "2026-11-24 08:00"),
    ("22:00", "08:00", "2026-11-24 07:59", "2026-11-24 08:00"),
    ("22:00", "08:00", "2026-11-24 08:00", None),
    ("12:00", "13:30", "2026-11-23 12:15", "2026-11-23 13:30"),
    ("12:00", "13:30", "2026-11-23 14:00", None),
    ("09:00", "09:00", "2026-11-23 09:00", None),
]


@pytest.mark.parametrize(("start", "until", "now", "ends"), QUIET)
def test_quiet_hours_end_at_their_end_and_may_go_over_midnight(
    start: str, until: str, now: str, ends: str | None
) -> None:
    key = "Asia/Shanghai"
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(key))
    found = calendar.after_quiet(moment, key, start, until)
    assert (f"{calendar.local(found, key):%Y-%m-%d %H:%M}" if found else None) == ends


@given(
    hours=st.tuples(st.times(), st.times()),
    key=st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Chatham"]),
    minutes=st.integers(0, 366 * 24 * 60),
)
def test_the_end_of_quiet_hours_lies_ahead_and_within_a_day(hours: tuple[time_, time_], key: str, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = calendar.after_quiet(now, key, *(f"{hour:%H:%M}" for hour in hours))
    assert found is None or now < found <= now + timedelta(hours=25)
