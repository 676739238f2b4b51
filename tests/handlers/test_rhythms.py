"""When a check-in comes, as people write it: a table of both languages, and what will not do."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from handlers.understanding.rhythms import read_rhythm
from services import calendar, check_in_templates, rhythms, zones
from services.programme_questions import contradictions

TABLE = tomllib.loads((Path(__file__).parent / "rhythms.toml").read_text("utf-8"))
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("said", TABLE["read"])
def test_a_rhythm_is_read_and_fires(said: str) -> None:
    read = read_rhythm(said, TODAY)

    assert [read.rule or "", read.at or "", read.problem] == [*TABLE["read"][said], ""]
    if read.rule:
        calendar.check_rhythm(read.rule, TODAY)
        for locale in ("en", "zh"):
            assert "FREQ" not in rhythms.in_words(locale, read.rule)


@pytest.mark.parametrize("said", TABLE["problem"])
def test_what_never_fires_or_fires_each_minute_is_refused_with_its_reason(said: str) -> None:
    read = read_rhythm(said, TODAY)

    assert (read.rule, read.problem) == (None, TABLE["problem"][said])


def test_the_29th_of_february_comes_in_leap_years_and_today_only_while_its_hour_is_ahead() -> None:
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    leap = rhythms.next_dates("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "10:00", "Asia/Shanghai", now)
    assert leap == [date(2028, 2, 29), date(2032, 2, 29), date(2036, 2, 29)]
    assert rhythms.next_dates("FREQ=DAILY", "09:30", "Asia/Shanghai", now, 1) == [date(2026, 11, 23)]
    assert rhythms.next_dates("FREQ=DAILY", "08:30", "Asia/Shanghai", now, 1) == [date(2026, 11, 24)]


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("name", check_in_templates.NAMES)
def test_every_template_is_a_check_in_a_programme_could_state(name: str, locale: str) -> None:
    part = check_in_templates.part_of(name, locale)

    assert list(contradictions(part.questions, part.anonymous)) == []
    assert all(set(question.ask) == {"en", "zh"} for question in part.questions)
    assert check_in_templates.about(name, locale)
    assert "FREQ" not in rhythms.in_words(locale, part.rhythm)


def test_a_zone_that_is_none_has_near_ones() -> None:
    assert zones.near("Asia/Beijing") == ["Asia/Shanghai"]
    assert zones.near("America/NewYork") == ["America/New_York"]
    assert zones.near("Asia/Shangai")[0] == "Asia/Shanghai"
    assert zones.near("Mars/Olympus") == []
    assert zones.exact("asia/shanghai") == "Asia/Shanghai"
    assert zones.exact("Asia/Beijing") is zones.exact("") is zones.exact("../etc/passwd") is None
    for city in zones.CITIES:
        assert calendar.zone(city).key == city
