"""Polling loses nothing and doubles nothing: confirmed after the commit, by one process alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import Clock
from bot.platform import Rim
from bot.receiver import Receiver
from bot.telegram.client import Client
from bot.telegram.link import TelegramLink
from bot.telegram.polling import Patience
from models.connection import Lease
from models.db import Database
from services import leases
from tests.bot.bench import broken, receipts
from tests.bot.telegram.desk import ANN, peopled
from tests.fakes.telegram import TelegramFake

pytestmark = pytest.mark.anyio
HASTE = Patience(poll=1, renew=0.05, look_again=0.05, after_conflict=0.1, after_fault=0.05)
LEASE = "telegram:7000000001"


@pytest.fixture
def fake() -> Iterator[TelegramFake]:
    with TelegramFake() as fake:
        yield peopled(fake)
        assert fake.problems == []


@asynccontextmanager
async def poller(database: Database, fake: TelegramFake) -> AsyncIterator[asyncio.Task[None]]:
    """One process that polls."""
    clock = Clock()
    receiver = Receiver(database, clock.now, lambda: None)
    link = TelegramLink(Client(fake.token, fake.url), None, None, Rim(database, receiver, clock.now), HASTE)
    receiving, running = asyncio.create_task(receiver.run()), asyncio.create_task(link.run())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await link.outbound.close()


async def until(true: Callable[[], Any]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def stored(database: Database) -> list[str]:
    return [it.incoming["text"] for it in receipts(database)]


def holders(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.holder for row in session.exec(select(Lease)).all()]


def hold(database: Database, holder: str, seconds: float) -> bool:
    with database.transaction() as session:
        return leases.take(session, LEASE, holder, Clock().now(), timedelta(seconds=seconds))


async def test_everything_said_arrives_once_and_in_order(database: Database, fake: TelegramFake) -> None:
    for number in range(120):
        fake.says(ANN, f"message {number}")
    async with poller(database, fake):
        await until(lambda: fake.waiting == [])
        fake.says(ANN, "one more")
        await until(lambda: fake.waiting == [])
    assert stored(database) == [*(f"message {number}" for number in range(120)), "one more"]


async def test_nothing_is_confirmed_before_it_is_stored(database: Database, fake: TelegramFake) -> None:
    fake.says(ANN, "keep this")
    with broken(database):
        async with poller(database, fake):
            await until(lambda: len(fake.called("getUpdates")) >= 3)
        assert len(fake.waiting) == 1
    assert {call.args.get("offset") for call in fake.called("getUpdates")} == {None}
    async with poller(database, fake):
        await until(lambda: fake.waiting == [])
    assert stored(database) == ["keep this"]


async def test_killed_between_commit_and_confirmation_the_same_update_comes_again_and_is_known(
    database: Database, fake: TelegramFake
) -> None:
    update = fake.says(ANN, "once")
    async with poller(database, fake):
        await until(lambda: fake.waiting == [])
    fake.waiting = [update]
    async with poller(database, fake):
        await until(lambda: fake.waiting == [])
    assert stored(database) == ["once"]


async def test_two_processes_on_one_token_make_one_poller(database: Database, fake: TelegramFake) -> None:
    async with poller(database, fake), poller(database, fake):
        for number in range(5):
            fake.says(ANN, f"{number}")
            await asyncio.sleep(0.05)
        await until(lambda: fake.waiting == [])
    assert stored(database) == ["0", "1", "2", "3", "4"]
    assert not [call.error for call in fake.called("getUpdates") if call.error]


async def test_who_ends_gives_the_lease_back_and_the_other_takes_over(database: Database, fake: TelegramFake) -> None:
    async with poller(database, fake):
        await until(lambda: fake.called("getUpdates"))
        assert len(holders(database)) == 1
    assert holders(database) == []
    async with poller(database, fake):
        fake.says(ANN, "still here")
        await until(lambda: stored(database) == ["still here"])


async def test_without_the_lease_nothing_is_asked_for(database: Database, fake: TelegramFake) -> None:
    hold(database, "somebody else", 60)
    async with poller(database, fake):
        await asyncio.sleep(0.4)
        assert fake.called("getUpdates") == []
        hold(database, "somebody else", -1)
        await until(lambda: fake.called("getUpdates"))


async def test_a_lost_lease_ends_the_poll(database: Database, fake: TelegramFake) -> None:
    async with poller(database, fake):
        await until(lambda: fake.called("getUpdates"))
        with database.transaction() as session:
            leases.give_back(session, LEASE, holders(database)[0])
            leases.take(session, LEASE, "somebody else", Clock().now(), timedelta(seconds=60))
        await asyncio.sleep(0.4)
        asked = len(fake.called("getUpdates"))
        await asyncio.sleep(0.4)
        assert len(fake.called("getUpdates")) == asked
    assert holders(database) == ["somebody else"]


async def test_a_webhook_that_is_set_is_taken_off_once(database: Database, fake: TelegramFake) -> None:
    fake.webhook = {"url": "https://old.acme.org/hook"}
    async with poller(database, fake):
        fake.says(ANN, "hello")
        await until(lambda: stored(database) == ["hello"])
        fake.webhook = {"url": "https://set.by.somebody.else/"}
        await until(lambda: any("webhook is active" in call.error for call in fake.called("getUpdates")))
        assert len(fake.called("deleteWebhook")) == 1


async def test_against_another_poller_there_is_no_war(database: Database, fake: TelegramFake) -> None:
    async with poller(database, fake):
        await until(lambda: fake.called("getUpdates"))
        other = Client(fake.token, fake.url)
        await other.updates(None, 0, [])
        await other.close()
        await until(lambda: any("terminated by other" in call.error for call in fake.called("getUpdates")))
        fake.says(ANN, "after all")
        await until(lambda: stored(database) == ["after all"])


async def test_an_update_newer_than_the_library_stops_nothing(database: Database, fake: TelegramFake) -> None:
    half_a_poll = {"id": "1", "question": "?", "options": [], "kind_of_tomorrow": {"x": 1}}
    fake.happened("message", {"message_id": 1, "date": 1, "chat": {"id": ANN, "type": "private"}, "poll": half_a_poll})
    fake.allowed = (*fake.allowed, "hologram")
    fake.happened("hologram", {"depth": 3})
    fake.says(ANN, "and yet")
    async with poller(database, fake):
        await until(lambda: fake.waiting == [])
    assert [it.state for it in receipts(database)] == ["ignored", "ignored", "waiting"]


@pytest.mark.parametrize("how", ["429", "500", "reset_before", "garbage"])
async def test_trouble_passes(database: Database, fake: TelegramFake, how: str) -> None:
    fake.fail("getUpdates", how, times=2, retry_after=0)
    fake.says(ANN, "in the end")
    async with poller(database, fake):
        await until(lambda: stored(database) == ["in the end"])


async def test_a_wrong_token_is_not_tried_over_and_over(database: Database, fake: TelegramFake) -> None:
    fake.token = "7000000001:another"
    clock = Clock()
    rim = Rim(database, Receiver(database, clock.now, lambda: None), clock.now)
    link = TelegramLink(Client("7000000001:wrong", fake.url), None, None, rim, HASTE)
    running = asyncio.create_task(link.run())
    await until(lambda: fake.called("getWebhookInfo"))
    await asyncio.sleep(0.3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await link.outbound.close()
    assert (len(fake.called("getWebhookInfo")), fake.called("getUpdates")) == (1, [])
