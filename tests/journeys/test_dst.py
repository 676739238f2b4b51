"""Everyone is asked at his own local hour, also in the week in which clocks change, and once on the day itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.db import Database
from tests.world import World, stage

AUTUMN = datetime(2026, 10, 29, tzinfo=UTC)  # New York leaves summer time on Sunday, 1 November 2026
SPRING = datetime(2027, 3, 11, tzinfo=UTC)  # and enters it on Sunday, 14 March 2027

PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Ana Ruiz, slack: U0ANA, playground: U0ANA, time_zone: America/Lima, work_days: [mo, tu, we, th, fr, sa, su]}
  - {name: Bob Stone, slack: U0BOB, playground: U0BOB, time_zone: America/New_York,
     work_days: [mo, tu, we, th, fr, sa, su]}
  - {name: Grace Park, slack: U0GRACE, playground: U0GRACE, work_days: [mo, tu, we, th, fr, sa, su]}
teams:
  - name: Product
    members: [Ana Ruiz, Bob Stone, Grace Park]
    channels: {slack: C0PRODUCT, playground: C0PRODUCT}
    digest: {day: friday, at: "17:00"}
    check_ins:
      - {name: Daily, rhythm: FREQ=DAILY, at: "AT", closes_after: PT4H, questions: [{ask: {en: What moved?}}]}
"""
ZONES = {"Ana": "America/Lima", "Bob": "America/New_York", "Grace": "Asia/Shanghai"}


def daily_at(platform: str, database: Database, at: str, starts: datetime) -> Iterator[World]:
    with stage(platform, database, PROGRAMME.replace("AT", at), starts) as world:
        yield world


@pytest.fixture
def autumn(platform: str, database: Database) -> Iterator[World]:
    yield from daily_at(platform, database, "09:30", AUTUMN)


@pytest.fixture
def spring(platform: str, database: Database) -> Iterator[World]:
    yield from daily_at(platform, database, "09:30", SPRING)


@pytest.fixture
def autumn_night(platform: str, database: Database) -> Iterator[World]:
    yield from daily_at(platform, database, "01:30", AUTUMN)


@pytest.fixture
def spring_night(platform: str, database: Database) -> Iterator[World]:
    yield from daily_at(platform, database, "02:30", SPRING)


def asked_sharp(world: World, days: list[str]) -> list[tuple[str, str]]:
    """Who is asked on which of these local days at 09:30 sharp: not a minute earlier, and once."""
    hours = [(instant(f"{day} 09:30", ZONES[who]), day, who) for day in days for who in ZONES]
    asked = []
    for moment in sorted({moment for moment, _, _ in hours}):
        due = [(day, who) for at, day, who in hours if at == moment]
        world.at(f"{moment - timedelta(minutes=1):%Y-%m-%d %H:%M}", "UTC")
        early = {who: world.heard(who) for _, who in due}
        world.at(f"{moment:%Y-%m-%d %H:%M}", "UTC")
        asked += [
            (day, who)
            for day, who in due
            if "What moved?" not in early[who] and world.heard(who).count("What moved?") == 1
        ]
    return sorted(asked)


def instant(wall: str, zone: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def everyone_on(days: list[str]) -> list[tuple[str, str]]:
    return sorted((day, who) for day in days for who in ZONES)


def past(world: World, day: str) -> None:
    """Everyone of that day has been asked."""
    world.at(f"{day} 12:00", "America/Lima")
    for who in ZONES:
        world.heard(who)


@pytest.mark.in_turn
def test_when_summer_time_ends_everyone_is_still_asked_at_half_past_nine(autumn: World) -> None:
    days = ["2026-10-31", "2026-11-01", "2026-11-02"]
    past(autumn, "2026-10-30")

    assert asked_sharp(autumn, days) == everyone_on(days)


@pytest.mark.in_turn
def test_when_summer_time_begins_everyone_is_still_asked_at_half_past_nine(spring: World) -> None:
    days = ["2027-03-13", "2027-03-14", "2027-03-15"]
    past(spring, "2027-03-12")

    assert asked_sharp(spring, days) == everyone_on(days)


@pytest.mark.in_turn
def test_the_hours_between_two_prompts_are_those_of_the_day(autumn: World) -> None:
    autumn.at("2026-10-31 09:30", "America/New_York")
    assert autumn.clock.now() == datetime(2026, 10, 31, 13, 30, tzinfo=UTC)
    autumn.heard("Bob")

    autumn.later(hours=24)
    assert "What moved?" not in autumn.heard("Bob")
    autumn.later(hours=1)
    assert "Sun, Nov 1, 2026 13:30 (America/New_York)" in autumn.heard("Bob")


@pytest.mark.in_turn
def test_an_hour_that_comes_twice_asks_once(autumn_night: World) -> None:
    autumn_night.at("2026-10-31 12:00", "America/New_York")
    autumn_night.heard("Bob")
    autumn_night.at("2026-11-01 12:00", "America/New_York")

    assert autumn_night.heard("Bob").count("What moved?") == 1


@pytest.mark.in_turn
def test_an_hour_that_never_comes_asks_after_the_gap_and_once(spring_night: World) -> None:
    spring_night.at("2027-03-13 12:00", "America/New_York")
    spring_night.heard("Bob")
    spring_night.at("2027-03-14 01:59", "America/New_York")
    assert "What moved?" not in spring_night.heard("Bob")
    spring_night.at("2027-03-14 03:30", "America/New_York")
    assert spring_night.heard("Bob").count("What moved?") == 1

    spring_night.at("2027-03-14 12:00", "America/New_York")
    assert "What moved?" not in spring_night.heard("Bob")


@pytest.mark.in_turn
def test_one_day_is_one_summary_for_people_on_both_sides_of_the_earth(autumn: World) -> None:
    """The post comes with the first window's end and takes up the others in place."""
    for who in ("Grace", "Bob", "Ana"):
        autumn.at("2026-11-01 10:00", ZONES[who])
        autumn.says(who, f"news of {who}")
    autumn.at("2026-11-01 13:30", "America/Lima")

    days = [post for post in autumn.posted() if "Sun, Nov 1, 2026" in post.splitlines()[0]]
    assert len(days) == 1
    assert all(f"news of {who}" in days[0] for who in ZONES)
    assert days[0].endswith("Answered 3 · no answer yet 0")


@pytest.mark.in_turn
def test_the_digest_keeps_its_hour_of_the_team(spring: World) -> None:
    spring.at("2027-03-12 17:00")
    assert sum("week 2027-W10" in post for post in spring.posted()) == 1

    spring.at("2027-03-19 16:59")
    assert not any("week 2027-W11" in post for post in spring.posted())
    spring.at("2027-03-19 17:00")
    assert sum("week 2027-W11" in post for post in spring.posted()) == 1
