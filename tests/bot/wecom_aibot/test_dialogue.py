"""A whole process, talked to through the AI bot: everything over the real socket, and nothing else faked."""

import re
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta

import pytest

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from models.db import Database
from services import programme, programme_file
from tests.bot.wecom_aibot.desk import until
from tests.fakes.wecom_aibot import BOT, SECRET, AibotFake

pytestmark = pytest.mark.anyio

PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: "\\u674e\\u96f7", wecom_aibot: woAJ2GCAAAXtWyujaWJHDDGi0mACas, locale: zh}
  - {name: Bob Stone, wecom_aibot: BobStone}
  - {name: Grace Park, wecom_aibot: GracePark}
teams:
  - name: Product
    leads: [Grace Park]
    members: ["\\u674e\\u96f7", Bob Stone]
    channels: {wecom_aibot: wrPRODUCT}
    check_ins:
      - name: Weekly
        rhythm: FREQ=DAILY
        at: "09:30"
        closes_after: PT8H
        questions: [{ask: {zh: "\\u63a8\\u8fdb\\u4e86\\u4ec0\\u4e48", en: What moved this week?}}]
"""
HELP_ZH = "\u53ef\u4ee5\u8fd9\u6837\u8bf4"
LI_LEI = "woAJ2GCAAAXtWyujaWJHDDGi0mACas"


class Talk:
    """People write, and what the bot wrote back since is heard."""

    def __init__(self, fake: AibotFake) -> None:
        self._fake = fake

    async def says(self, user: str, text: str) -> str:
        return await self._heard(user, self._fake.says(user, text))

    async def says_in(self, place: str, user: str, text: str) -> str:
        return await self._heard(place, self._fake.says_in(place, user, text))

    async def clicks(self, user: str, label: str) -> str:
        return await self._heard(user, self._fake.clicks(user, label))

    async def _heard(self, place: str, doing: Awaitable[str]) -> str:
        before = len(self._fake.texts(place))
        await doing
        await until(lambda: len(self._fake.texts(place)) > before, 10)
        return "\n\n".join(self._fake.texts(place)[before:])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def talk(database: Database, fake: AibotFake, clock: Clock) -> AsyncIterator[Talk]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), clock.now())
    settings = {"WECOM_BOT_ID": BOT, "WECOM_BOT_SECRET": SECRET, "WECOM_BOT_URL": fake.url}
    app = App(Settings.model_validate(settings), database, clock)
    async with app.web.router.lifespan_context(app.web):
        await until(lambda: fake.is_connected)
        yield Talk(fake)
    await until(lambda: not fake.is_connected)


async def test_people_and_strangers_are_answered_where_they_spoke(talk: Talk) -> None:
    assert "What you can say" in await talk.says("BobStone", "help")
    assert HELP_ZH in await talk.says(LI_LEI, "help")
    assert "not on one yet" in await talk.says("woEncryptedStranger", "hello")
    assert "No items yet" in await talk.says_in("wrPRODUCT", "BobStone", "board")


async def test_a_question_is_answered_by_a_press_and_its_card_shows_it(talk: Talk, fake: AibotFake) -> None:
    await talk.says("BobStone", "new fix the rig @Bob Stone @Grace Park by Dec 31 measure zero red builds")
    card = fake.messages("BobStone")[-1]
    assert [label for label, _ in card["buttons"]] == ["Bob Stone", "Grace Park", "Cancel"]
    assert "fix the rig" in await talk.clicks("BobStone", "Grace Park")
    await until(lambda: [key for _, key in card["buttons"]] == ["done"])
    assert (card["text"], card["buttons"][0][0]) == (
        "One item has one owner. Who should it be?",
        "\u2713 Grace P\u2026",
    )
    assert "fix the rig" in await talk.says_in("wrPRODUCT", "GracePark", "board")


async def test_who_has_spoken_is_asked_and_skips(talk: Talk, clock: Clock, fake: AibotFake) -> None:
    await talk.says("BobStone", "hello")
    before = len(fake.messages("BobStone"))
    clock.move_to(a_monday_after(clock.now()))
    await until(lambda: fake.messages("BobStone")[before:] and fake.messages("BobStone")[-1].get("buttons"), 15)
    assert "What moved this week?" in "\n".join(fake.texts("BobStone")[before:])
    assert "Skipped" in await talk.clicks("BobStone", "Skip")
    assert fake.messages(LI_LEI) == [], "the bot never speaks first"


async def test_an_account_nobody_knows_is_linked_by_its_owners_code(talk: Talk) -> None:
    told = await talk.says("BobStone", "link")
    code = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}", told)[0]
    assert "Bob Stone" in await talk.says("woEncryptedBob", f"link {code}")
    assert "No items yet" in await talk.says("woEncryptedBob", "board")


async def test_a_lead_makes_a_group_the_teams_channel(talk: Talk, fake: AibotFake) -> None:
    await fake.says("GracePark", "hello")
    assert "Product" in await talk.says_in("wrANOTHER", "GracePark", "setup")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_question_cut_off_on_its_way_arrives_once(talk: Talk, fake: AibotFake, when: str) -> None:
    fake.cuts = when
    asked = await talk.says("BobStone", "new fix the rig @Bob Stone @Grace Park by Dec 31 measure zero red builds")
    await until(lambda: fake.is_connected)
    assert asked == "One item has one owner. Who should it be?"
    assert "Added" in await talk.clicks("BobStone", "Grace Park")
    assert len(fake.messages("BobStone")) <= 3


def a_monday_after(now: datetime) -> datetime:
    """Shortly before half past nine in Shanghai."""
    monday = now + timedelta(days=7 - now.weekday())
    return monday.replace(hour=1, minute=29, second=58)
