"""Telegram lets nobody be written to who did not press Start: who has not is not blamed, and is asked when he does."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select

from models.check_ins import Response
from models.db import Database
from models.organization import Identity, Person
from services import workspaces
from tests.fakes.telegram_stage import NUMBERS
from tests.world import ORGANIZATION, World, stage

BOB, CHARLIE, PRODUCT = NUMBERS["U0BOB"], NUMBERS["U0CHARLIE"], NUMBERS["C0PRODUCT"]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with stage("telegram", database, ORGANIZATION) as world:
        with database.transaction() as session:
            workspaces.name_bot(session, "telegram", "", "Loopkeeper")
        yield world


def happens(world: World, update: dict[str, object]) -> None:
    world.run(world.stage.happens(update))
    world.settle()


def person_of(session: Session, number: int) -> Person:
    return session.exec(select(Person).join(Identity).where(Identity.external_id == str(number))).one()


def response_of(world: World, number: int) -> tuple[str, str]:
    with world.database.reading() as session:
        bob = person_of(session, number)
        response = session.exec(select(Response).where(Response.person_id == bob.id).order_by(col(Response.id))).first()
        assert response is not None
    return response.state, response.reason


def test_who_did_not_start_is_told_to_the_lead_and_asked_as_soon_as_he_starts(world: World) -> None:
    world.stage.fake.people[BOB].started = False
    world.at("2026-11-23 09:30")
    told = world.heard("Grace")
    assert told.count("Bob Stone cannot be reached on Telegram: has not started a chat with me yet") == 1
    assert world.heard("Bob") == ""

    world.later(hours=1)
    happens(world, world.stage.fake.starts(BOB))
    told = world.heard("Bob")
    assert told.index("Hello Bob Stone! I am Loopkeeper.") < told.index("What moved this week?")
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    assert response_of(world, BOB) == ("submitted", "")


def test_who_never_started_all_day_could_not_be_asked_and_is_not_silent(world: World) -> None:
    world.stage.fake.people[BOB].started = False
    world.at("2026-11-23 18:00")
    told = world.heard("Grace")
    assert "Bob Stone could not be asked, for I cannot write to them." in told
    assert response_of(world, BOB) == ("missed", "unreachable")


def test_who_talks_in_the_group_has_not_started_a_chat_by_that(world: World) -> None:
    world.stage.fake.people[BOB].started = False
    world.at("2026-11-23 09:30")
    world.says_in_channel("Bob", "board")
    with world.database.reading() as session:
        account = session.exec(select(Identity).where(Identity.external_id == str(BOB))).one()
    assert account.reach == "never_started"


def test_who_blocks_and_comes_back_is_asked_once(world: World) -> None:
    happens(world, world.stage.fake.blocks(BOB))
    world.at("2026-11-23 10:00")
    assert world.heard("Grace").count("Bob Stone cannot be reached on Telegram: has blocked me") == 1
    world.stage.fake.people[BOB].blocked = False
    happens(world, world.stage.fake.blocks(BOB, blocked=False))
    happens(world, world.stage.fake.starts(BOB))

    assert world.heard("Bob").count("What moved this week?") == 1


def test_whoever_follows_the_link_of_an_invitation_is_that_person(world: World) -> None:
    world.says("Grace", "invite @Bob Stone")
    code = re.search(r"https://t.me/Loopkeeper\?start=(\w+)", world.heard("Grace"))
    assert code
    happens(world, world.stage.fake.starts(CHARLIE, code[1]))

    assert "Hello Bob Stone! I know you on Telegram too now" in world.heard("Charlie")
    world.says("Charlie", "mine")
    assert "Your items" in world.heard("Charlie")
    happens(world, world.stage.fake.starts(CHARLIE, code[1]))
    assert "This code does not work" in world.heard("Charlie")


def test_a_bot_taken_out_of_the_group_and_let_in_again_posts_there_again(world: World) -> None:
    happens(world, world.stage.fake.puts_out(NUMBERS["U0GRACE"], PRODUCT))
    assert world.heard("Grace").count("I can no longer post in the channel of Product on Telegram") == 1
    happens(world, world.stage.fake.puts_out(NUMBERS["U0GRACE"], PRODUCT, "member"))
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    assert "nightshift" in world.posted()[-1]
