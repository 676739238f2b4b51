"""What a check-in does over weeks: days off, moves, pauses, early and late answers, an outage, a team of nobody."""

from datetime import timedelta

import pytest

from models.db import Database
from tests.services.rhythm_stage import Rhythm, text, wall

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHINA = ", country: CN"
MONDAYS = "FREQ=WEEKLY;BYDAY=MO"


@pytest.fixture
def china(database: Database) -> Rhythm:
    """The Monday before National Day 2026; the next Monday, 5 October, is a holiday."""
    return Rhythm(database, "2026-09-28 08:00", text(organization=CHINA))


def test_national_day_is_skipped_and_its_name_is_kept(china: Rhythm) -> None:
    china.until("2026-10-12 18:00")

    assert china.rounds()[:3] == [
        ("2026-09-28", "", ""), ("2026-10-05", "holiday", "National Day (observed)"), ("2026-10-12", "", ""),
    ]  # fmt: skip
    assert len(china.prompts("Ana")) == 2


@pytest.mark.parametrize(("rule", "on"), [("after", "2026-10-08"), ("before", "2026-09-30")])
def test_a_monday_off_is_held_on_the_working_day_before_or_after(database: Database, rule: str, on: str) -> None:
    china = Rhythm(database, "2026-09-28 08:00", text(organization=CHINA, off_day=rule))
    china.until("2026-10-09 08:00")

    held = [each for each in china.rounds() if each[0] == on]
    assert held == [(on, "", "moved from 2026-10-05: National Day (observed)")]
    assert china.held("2026-10-11") == ["2026-09-28", on]
    assert [key.split(" ")[0] for key in china.prompts("Ana")] == ["prompt:1:", "prompt:3:"]


def test_daily_means_every_working_day_and_a_make_up_sunday_is_one(database: Database) -> None:
    daily = {"rhythm": "FREQ=DAILY", "closes_after": "PT4H"}
    china = Rhythm(database, "2026-09-17 08:00", text(daily, organization=CHINA, off_day="after"))
    china.until("2026-09-30 18:00")
    worked = [17, 18, 20, 21, 22, 23, 24, 28, 29, 30]
    assert china.held("2026-09-30") == [f"2026-09-{day}" for day in worked]

    china.until("2026-10-12 18:00")
    assert [each for each in china.rounds() if "2026-09-30" < each[0] < "2026-10-08"] == [
        (f"2026-10-{day:02d}", "holiday", "National Day" + " (observed)" * (day == 5)) for day in (1, 2, 3, 5, 6, 7)
    ]
    assert china.held("2026-10-12")[-4:] == ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12"]


def test_two_occasions_that_land_on_one_day_are_one_round(database: Database) -> None:
    twice = {"rhythm": "FREQ=WEEKLY;BYDAY=MO,TH"}
    china = Rhythm(database, "2026-09-28 08:00", text(twice, organization=CHINA, off_day="after"))
    china.until("2026-10-09 08:00")

    thursday = "moved from 2026-10-01: National Day"
    assert china.rounds()[:2] == [("2026-09-28", "", ""), ("2026-10-08", "", thursday)]
    assert china.held("2026-10-12") == ["2026-09-28", "2026-10-08", "2026-10-12"]
    assert len(china.prompts("Ana")) == 2


@pytest.mark.parametrize(
    ("rhythm", "rule", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "before", ["2026-10-30", "2026-11-30", "2026-12-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "skip", ["2026-10-30", "2026-11-30", "2026-12-31"]),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", "after", ["2027-01-01", "2027-04-01"]),
        ("FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15", "skip", ["2026-10-15", "2027-01-15"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "skip", ["2026-10-12", "2026-10-26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "after", ["2026-11-02", "2026-12-31"]),
    ],
)
def test_rhythms_beyond_daily(database: Database, rhythm: str, rule: str, expected: list[str]) -> None:
    played = Rhythm(database, "2026-10-12 08:00", text({"rhythm": rhythm}, off_day=rule))
    played.until(f"{expected[-1]} 08:00")
    assert played.held(expected[-1]) == expected


def test_the_29th_of_february_is_asked_in_leap_years(database: Database) -> None:
    leap = {"rhythm": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"}
    played = Rhythm(database, "2026-10-12 08:00", text(leap, off_day="before"))
    played.until("2028-03-01 08:00")
    assert played.held("2031-01-01") == ["2028-02-29"]


def test_a_holiday_of_ones_own_country_is_told_as_its_reason(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text({"rhythm": "FREQ=WEEKLY;BYDAY=TH"}, person=", country: US"))
    played.until("2026-11-26 10:00")

    assert played.part("Ana", "2026-11-26") == ("away", "holiday", "Thanksgiving Day")
    assert played.part("Bob", "2026-11-26")[0] == "prompted"


def test_company_days_close_the_team_and_open_it(database: Database) -> None:
    days = ", days: [{on: 2026-11-30, name: Outing}, {on: 2026-12-07, until: 2026-12-14, name: Winter break}]"
    played = Rhythm(database, "2026-11-23 08:00", text(organization=days))
    played.until("2026-12-21 10:00")

    assert [each for each in played.rounds() if each[1]] == [
        ("2026-11-30", "company_day", "Outing"), ("2026-12-07", "company_day", "Winter break"),
        ("2026-12-14", "company_day", "Winter break"),
    ]  # fmt: skip
    assert played.held("2026-12-21") == ["2026-11-23", "2026-12-21"]


def test_a_paused_check_in_asks_nobody_until_then_and_says_so(database: Database) -> None:
    paused = {"more": ", paused_until: 2026-12-05"}
    played = Rhythm(database, "2026-11-23 08:00", text(paused))
    played.until("2026-12-07 10:00")

    assert played.rounds()[:3] == [
        ("2026-11-23", "paused", "2026-12-05"), ("2026-11-30", "paused", "2026-12-05"), ("2026-12-07", "", ""),
    ]  # fmt: skip
    assert len(played.prompts("Ana")) == 1


def test_a_team_of_nobody_crashes_nothing_and_its_lead_hears_it_once(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text(members=""))
    played.until("2026-12-14 10:00")

    assert {not_held for _, not_held, _ in played.rounds()} == {"nobody"}
    assert [line.split(":")[0] for line in played.told("Grace")] == ["nobody"]
    played.apply(text())
    played.until("2026-12-21 10:00")
    assert len(played.prompts("Ana")) == 1


def test_a_team_of_nobody_whose_hour_lies_in_the_next_date_of_the_earth_keeps_no_clock_busy(database: Database) -> None:
    late = {"rhythm": "FREQ=DAILY", "at": "23:30"}
    played = Rhythm(database, "2026-11-23 08:00", text(late, members="", team_zone="America/Lima"))
    played.until("2026-11-26 08:00")
    assert [line.split(":")[0] for line in played.told("Grace")] == ["nobody"]


def test_friday_for_monday_and_the_evening_before(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text())
    played.until("2026-11-23 17:29")
    assert played.held() == ["2026-11-23"]
    played.until("2026-11-27 16:00")

    assert played.answers("Ana") is not None
    played.until("2026-11-29 22:00")
    assert played.answers("Bob") is not None
    assert {played.part(name, "2026-11-30") for name in ("Ana", "Bob")} == {("submitted", "", "")}
    told = played.told("Ana")
    played.until("2026-11-30 18:00")
    assert played.told("Ana") == told


def test_a_new_check_in_can_be_answered_at_once_and_a_close_is_everybodys_own(database: Database) -> None:
    played = Rhythm(database, "2026-11-20 08:00", text(ana="America/Lima"))
    assert played.answers("Ana") is not None
    played.until("2026-11-23 20:00")
    assert played.held() == ["2026-11-23", "2026-11-30"]
    assert played.answers("Ana") is None, "her own window runs until 06:30"
    played.until("2026-11-24 06:31")
    assert played.answers("Ana") is not None


def test_who_joins_before_his_hour_is_invited_and_who_leaves_is_let_alone(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text(members="Ana"))
    played.until("2026-11-28 08:00")
    played.apply(text(members="Ana, Bob"))
    played.apply(text(members="Bob"))
    played.until("2026-11-30 10:00")
    assert (len(played.prompts("Ana")), len(played.prompts("Bob"))) == (1, 1)


def test_an_early_answer_holds_its_day_whatever_becomes_of_the_rhythm(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text())
    played.until("2026-11-24 08:00")
    played.answers("Ana", "early news")
    played.apply(text({"rhythm": "FREQ=WEEKLY;BYDAY=WE"}))
    played.until("2026-12-03 08:00")

    assert played.held("2026-12-03") == ["2026-11-23", "2026-11-30", "2026-12-02"]
    assert played.part("Ana", "2026-11-30")[0] == "submitted"
    assert len(played.prompts("Bob")) == 3


def test_a_round_nobody_saw_follows_every_change_and_one_of_today_keeps_its_day(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text())
    played.apply(text({"rhythm": "FREQ=WEEKLY;BYDAY=TU", "at": "10:00", "ask": "And now?"}))
    played.until("2026-11-24 11:00")
    assert played.held("2026-11-24") == ["2026-11-24"]
    assert "And now?" in played.prompts("Ana")[0]

    played.apply(text({"rhythm": "FREQ=DAILY", "at": "15:00", "ask": "Too late?"}))
    played.until("2026-11-24 16:00")
    assert len(played.prompts("Ana")) == 1
    played.until("2026-11-25 16:00")
    assert "Too late?" in played.prompts("Ana")[1]


def test_a_check_in_that_ends_takes_its_empty_round_along(database: Database) -> None:
    played = Rhythm(database, "2026-11-20 08:00", text({}, {"name": "Other"}))
    played.apply(text({"name": "Other"}))
    played.until("2026-11-23 10:00")
    assert len(played.prompts("Ana")) == 1
    assert "<b>Other</b>" in played.prompts("Ana")[0]


def test_five_days_down_are_one_note_to_the_lead_and_no_burst(database: Database) -> None:
    daily = {"rhythm": "FREQ=DAILY", "closes_after": "PT4H"}
    played = Rhythm(
        database, "2026-11-23 08:00", text(daily, {"name": "Other", "rhythm": MONDAYS}, {**daily, "name": "Third"})
    )
    played.sleeps_until("2026-11-28 12:00")
    played.until("2026-11-28 20:00")

    assert played.prompts("Ana") == []
    (note,) = [line for line in played.told("Grace") if line.startswith("outage:")]
    assert [name in note for name in ("Weekly", "Other", "Third", "Nov 23", "Nov 27", "Ana, Bob")] == [True] * 6
    assert [line for line in played.told("Grace") if "exceptions" in line or "silent" in line.split(":")[0]] == []

    played.until("2026-11-30 10:00")
    assert len(played.prompts("Ana")) == 3


def test_down_for_an_hour_everybody_is_asked_within_the_grace_and_no_lead_hears_of_it(database: Database) -> None:
    played = Rhythm(database, "2026-11-23 08:00", text())
    played.sleeps_until("2026-11-23 10:30")
    assert (len(played.prompts("Ana")), played.told("Grace")) == (1, [])


def test_a_changed_hour_is_no_outage(database: Database) -> None:
    """At four in the afternoon the hour becomes nine in the morning: who waits is asked when he was to be asked."""
    played = Rhythm(database, "2026-11-23 08:00", text({"at": "17:00"}))
    played.until("2026-11-23 16:00")
    played.apply(text({"at": "09:00"}))
    played.until("2026-11-23 17:01")
    assert len(played.prompts("Ana")) <= 1
    assert not [line for line in played.told("Grace") if line.startswith("outage")]
    played.until(wall("2026-11-30 09:00") + timedelta(minutes=1))
    assert played.held("2026-11-30")[-1] == "2026-11-30"
