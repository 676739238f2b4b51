"""Early, late, on holidays and make-up days: what people of a Chinese team meet around National Day 2026."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from models.check_ins import Round
from models.db import Database
from tests.world import ORGANIZATION, World, stage

CHINA = ORGANIZATION.replace("locale: zh,", "locale: zh, country: CN,", 1).replace(
    "locale: zh}", "locale: zh, country: CN}", 1
)
DAILY = CHINA.replace("FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=DAILY")
AFTER = CHINA.replace("  - name: Product\n", "  - name: Product\n    off_day: after\n")
SATURDAY = datetime(2026, 9, 19, tzinfo=UTC)
BEFORE_NATIONAL_DAY = datetime(2026, 9, 28, tzinfo=UTC)


@pytest.fixture
def daily(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, DAILY, SATURDAY) as world:
        yield world


@pytest.fixture
def after(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, AFTER, BEFORE_NATIONAL_DAY) as world:
        yield world


@pytest.mark.in_turn
def test_a_make_up_sunday_is_asked_and_a_holiday_is_not_and_says_why(daily: World) -> None:
    daily.at("2026-09-19 12:00")
    assert daily.heard("Bob") == ""
    daily.at("2026-09-20 09:30")
    assert "What moved this week?" in daily.heard("Bob")
    daily.at("2026-09-25 20:00")
    reasons = {row["on_date"].isoformat(): row["detail"] for row in daily.stored(Round)[0] if row["not_held"]}
    assert reasons["2026-09-25"] == "Mid-Autumn Festival"


@pytest.mark.in_turn
def test_a_thursday_off_is_asked_when_work_begins_again(after: World) -> None:
    after.at("2026-09-28 20:00")
    after.heard("Bob")
    after.at("2026-10-08 09:29")
    assert after.heard("Bob") == ""
    after.at("2026-10-08 09:30")
    assert after.heard("Bob").count("1/2 What moved this week?") == 1


@pytest.mark.in_turn
@pytest.mark.parametrize("when", ["2026-11-24 19:00", "2026-11-25 22:00"])
def test_who_answers_early_is_neither_asked_nor_reminded_and_is_shown_on_the_day(world: World, when: str) -> None:
    world.at("2026-11-23 09:30")
    for said in ("monday's news", "nothing"):
        world.says("Bob", said)
    world.at(when)
    world.heard("Bob")
    world.says("Bob", "report")
    world.says("Bob", "thursday's news")
    world.says("Bob", "nothing")
    assert "thursday's news" in world.heard("Bob")
    world.at("2026-11-26 17:29")
    assert world.heard("Bob") == ""
    world.at("2026-11-26 17:30")
    assert "thursday's news" in world.posted()[-1]
