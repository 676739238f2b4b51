"""Nothing is acknowledged before it is on disk, many waiting events cost one commit, and a fault reaches everybody."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from bot.receiver import MOST_WAITING, Overloaded, Receiver
from models.db import Database
from models.messages import Incoming, Place
from tests.bot.bench import broken, receipts

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


class Stored:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def incoming(number: int) -> Incoming:
    place = Place(kind="dm", id="U0ANA")
    common = {"platform": "slack", "connection": "", "kind": "text", "sender": "U0ANA", "sent_at": NOW}
    return Incoming.model_validate({**common, "event_key": f"message:{number}", "place": place, "text": str(number)})


def receiver(database: Database, stored: Stored | None = None) -> Receiver:
    return Receiver(database, lambda: NOW, stored or Stored())


@asynccontextmanager
async def at_work(receiver: Receiver) -> AsyncIterator[None]:
    running = asyncio.create_task(receiver.run())
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@contextmanager
def counting_commits(database: Database) -> Iterator[list[int]]:
    commits: list[int] = []

    def note(_connection: object) -> None:
        commits.append(1)

    event.listen(database.engine, "commit", note)
    yield commits
    event.remove(database.engine, "commit", note)


def waiting(receiver: Receiver, count: int) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(receiver.receive("{}", incoming(number))) for number in range(count)]


async def test_what_waits_together_is_stored_in_one_commit_and_in_order(database: Database) -> None:
    stored = Stored()
    receiving = receiver(database, stored)
    tasks = waiting(receiving, 100)
    await asyncio.sleep(0)
    with counting_commits(database) as commits:
        async with at_work(receiving):
            await asyncio.gather(*tasks)
    assert len(commits) == 1
    assert stored.times == 1
    assert [it.incoming["text"] for it in receipts(database)] == [str(number) for number in range(100)]


async def test_nothing_is_acknowledged_before_it_is_stored(database: Database) -> None:
    receiving, stored = receiver(database), Stored()
    async with at_work(receiving):
        with database.transaction() as session:
            if not database.is_sqlite:
                session.connection().execute(text("LOCK TABLE receipt IN ACCESS EXCLUSIVE MODE"))
            task = asyncio.create_task(receiving.receive("{}", incoming(1)))
            done, _ = await asyncio.wait([task], timeout=0.3)
            assert done == set()
            assert stored.times == 0
        await task
        assert len(receipts(database)) == 1


async def test_a_fault_reaches_everyone_who_waits_and_the_next_are_stored(database: Database) -> None:
    stored = Stored()
    receiving = receiver(database, stored)
    async with at_work(receiving):
        with broken(database):
            faults = await asyncio.gather(*waiting(receiving, 5), return_exceptions=True)
        assert all(isinstance(fault, Exception) for fault in faults)
        assert (len(faults), stored.times) == (5, 0)
        await asyncio.gather(*waiting(receiving, 5))
    assert len(receipts(database)) == 5


async def test_who_gave_up_waiting_does_not_hinder_the_others(database: Database) -> None:
    receiving = receiver(database)
    tasks = waiting(receiving, 3)
    await asyncio.sleep(0)
    tasks[1].cancel()
    async with at_work(receiving):
        await asyncio.gather(tasks[0], tasks[2])
    assert {"0", "2"} <= {it.incoming["text"] for it in receipts(database)}


async def test_more_than_can_be_stored_soon_is_sent_away_at_once(database: Database) -> None:
    receiving = receiver(database)
    tasks = waiting(receiving, MOST_WAITING)
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await receiving.receive("{}", incoming(MOST_WAITING))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_redelivery_is_acknowledged_and_stored_once(database: Database) -> None:
    receiving = receiver(database)
    async with at_work(receiving):
        for _ in range(2):
            await receiving.receive("{}", incoming(1))
        await asyncio.gather(*(receiving.keep_unread("slack", "", "Ev1", "{}") for _ in range(3)))
    assert [(it.event_key, it.state) for it in receipts(database)] == [("message:1", "waiting"), ("Ev1", "ignored")]
