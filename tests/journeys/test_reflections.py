"""The month's question for oneself, from the morning it comes to the day it is taken back: nobody else sees a word."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from models.coaching import OneOnOne, Reflection
from models.db import Database
from models.messages import Delivery, Receipt
from models.organization import Person, Team
from models.tables import metadata
from services import digests, export
from tests.world import ORGANIZATION, World, stage

ASKED = "2026-12-01 10:00"
SAID = "I hid behind the flange"
TITLE = "A question for yourself this month"
MONTHLY = ORGANIZATION.replace("  - name: Product\n", "  - name: Product\n    reflection: true\n")


@pytest.fixture
def monthly(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, MONTHLY) as world:
        yield world


def where_it_stands(world: World) -> set[str]:
    """The tables that hold what Bob wrote."""
    with world.database.reading() as session:
        return {
            table.name
            for table in metadata.sorted_tables
            for row in session.connection().execute(table.select())
            if SAID in str(tuple(row))
        }


def told_to(world: World) -> set[str]:
    """Whose chats the bot wrote Bob's words into."""
    return {row["place_id"] for row in world.stored(Delivery)[0] if SAID in json.dumps(row["message"])}


def others_know(world: World) -> bool:
    """Lead, HR, observer, colleague, channel, export or digest."""
    world.says("Helen", "export")
    for who in ("Grace", "Helen"):
        for said in ("mine", "board", "digest", "history @Bob Stone", "notes @Bob Stone", "mydata"):
            world.says(who, said)
    heard = [text for who in ("Grace", "Helen", "Olive", "Li Lei", "Otto") for text in world.chat(who)]
    with world.database.reading() as session:
        team = session.exec(select(Team).where(Team.name == "Product")).one()
        exported = export.collect(session, team, date(2026, 1, 1), with_notes=True)
        digest = digests.collect(session, team, "2026-W49", world.clock.now())
    return any(SAID in text for text in (*heard, *world.posted(), str(exported), str(digest)))


@pytest.mark.in_turn
def test_it_comes_on_the_first_working_morning_is_answered_shared_and_taken_back(monthly: World) -> None:
    world = monthly
    world.at("2026-12-01 09:59")
    assert TITLE not in "".join(world.chat("Bob"))
    world.at(ASKED)
    world.tick()
    asked = world.heard("Bob")
    assert asked.count(TITLE) == 1
    rows = {row["person_id"]: row for row in world.stored(Reflection)[0]}
    assert len({row["question"] for row in rows.values()}) == len(rows) == 2  # Bob and Li Lei
    assert TITLE not in "".join(text for who in ("Grace", "Olive", "Otto", "Helen") for text in world.chat(who))

    world.presses("Bob", "Answer for myself")
    question = world.heard("Bob")
    assert "Only you will see it" in question
    world.says("Bob", SAID)
    kept = world.heard("Bob")
    assert SAID in kept
    assert "only you see it. \u201cShare with my lead\u201d shows it to Grace Park." in kept
    world.says("Bob", "mine")
    assert f"2026-12: {SAID} \u00b7 only you" in world.heard("Bob")
    assert not others_know(world)
    assert where_it_stands(world) <= {Reflection.__tablename__, Delivery.__tablename__, Receipt.__tablename__}
    assert told_to(world) == {world.account("Bob")}

    world.says("Grace", "mine")
    world.heard("Grace")
    world.presses("Bob", "Share with my lead")
    assert "Shared with Grace Park." in world.heard("Bob")
    heard = world.heard("Grace")
    assert "Bob Stone shares a reflection with you" in heard
    assert SAID in heard
    assert SAID not in "".join([*world.chat("Helen"), *world.chat("Li Lei"), *world.posted()])

    world.waits(minutes=5)
    world.says("Bob", "Take my reflection back")
    undone = world.heard("Bob")
    assert "only you see it now" in undone
    assert "It had reached Grace Park and may have been read." in undone
    stays = world.platform == "wecom"
    assert ("I cannot remove it" in undone) == stays
    assert (SAID in "".join(world.chat("Grace"))) == stays
    assert [row["shared_at"] for row in world.stored(Reflection)[0]] == [None, None]


@pytest.mark.in_turn
def test_it_can_be_left_out_and_said_at_any_time_by_word_in_both_languages(monthly: World) -> None:
    world = monthly
    world.at(ASKED)
    world.heard("Bob")
    world.presses("Bob", "Not this month")
    assert "All right, not this month." in world.heard("Bob")
    world.at("2026-12-03 18:00")
    assert TITLE not in world.heard("Bob")
    world.says("Bob", "reflect")
    assert "Only you will see it" in world.heard("Bob")
    world.says("Bob", SAID)
    world.says("Bob", "Keep it to myself")
    assert "It stays yours alone." in world.heard("Bob")
    assert told_to(world) == {world.account("Bob")}

    world.heard("Li Lei")
    world.says("Li Lei", "\u53cd\u601d")
    assert "\u53ea\u6709\u4f60\u770b\u5f97\u5230" in world.heard("Li Lei")
    world.says("Li Lei", SAID)
    world.heard("Li Lei")
    world.says("Li Lei", "\u5206\u4eab\u7ed9\u4e3b\u7ba1")
    assert "\u5df2\u5206\u4eab\u7ed9Grace Park" in world.heard("Li Lei")
    assert SAID in "".join(world.chat("Grace"))


@pytest.mark.in_turn
def test_who_leads_nobody_and_is_asked_nowhere_may_reflect_too_and_has_nobody_to_share_with(monthly: World) -> None:
    monthly.says("Helen", "reflect")
    monthly.says("Helen", SAID)
    assert "Kept: only you see it." in monthly.heard("Helen")
    assert "Share with my lead" not in monthly.buttons("Helen")


@pytest.mark.in_turn
def test_mine_shows_the_next_talk_of_either_side_and_of_each_kind_only_the_newest(monthly: World) -> None:
    with monthly.database.transaction() as session:
        ids = dict(session.exec(select(Person.name, Person.id)).all())
        organization_id = session.exec(select(Team.organization_id).where(Team.name == "Product")).one()
        at = datetime(2026, 12, 3, 7, 0, tzinfo=UTC)
        talk = OneOnOne(
            organization_id=organization_id, coach_id=ids["Grace Park"], person_id=ids["Bob Stone"], next_at=at
        )
        months = [
            Reflection(
                organization_id=organization_id, person_id=ids["Bob Stone"], month=f"2026-{month:02d}", question="?",
                text=f"thought {month}", asked_at=at, answered_at=at,
            )
            for month in range(1, 9)
        ]  # fmt: skip
        session.add_all([talk, *months])
    monthly.says("Bob", "mine")
    told = monthly.heard("Bob")
    assert "Next 1:1\n\u2022 Grace Park: Thu, Dec 3, 2026 15:00 (Asia/Shanghai)" in told
    assert [month for month in range(1, 9) if f"thought {month}" in told] == [6, 7, 8]
    monthly.says("Grace", "mine")
    hers = monthly.heard("Grace")
    assert "\u2022 Bob Stone: Thu, Dec 3" in hers
    assert "thought" not in hers
