"""The long connection: made again whenever it breaks, held by one process only, never fought over."""

import asyncio
import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot.links import connect
from bot.settings import Settings
from models.connection import Lease
from models.db import Database
from models.messages import Receipt
from tests.bot.wecom_aibot.desk import QUICK, Desk, until
from tests.fakes.wecom_aibot import BOT, SECRET, AibotFake

pytestmark = pytest.mark.anyio
NAME = f"wecom_aibot:{BOT}"


@contextmanager
def outage(database: Database) -> Iterator[None]:
    """The server is gone: every statement fails as the driver says it."""

    def fail(*_: Any) -> None:
        raise OperationalError("", {}, Exception("gone"))

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)


def holder(database: Database) -> str | None:
    with database.reading() as session:
        return session.exec(select(Lease.holder).where(Lease.name == NAME)).first()


async def stored(desk: Desk, count: int) -> list[Receipt]:
    await until(lambda: len(desk.receipts()) >= count)
    return desk.receipts()


def settings(url: str, secret: str = SECRET) -> Settings:
    return Settings.model_validate({"WECOM_BOT_ID": BOT, "WECOM_BOT_SECRET": secret, "WECOM_BOT_URL": url})


async def test_what_is_said_is_stored_once_however_often_it_is_pushed(desk: Desk, fake: AibotFake) -> None:
    msgid = await fake.says("zhangsan", "help")
    await fake.says("zhangsan", "help", msgid=msgid)
    await fake.says("zhangsan", "board")
    receipts = await stored(desk, 2)
    assert [receipt.incoming["text"] for receipt in receipts] == ["help", "board"]


async def test_no_answering_address_is_kept(desk: Desk, fake: AibotFake) -> None:
    await fake.says("zhangsan", "help", response_url="https://example.com/answer?code=1")
    (receipt,) = await stored(desk, 1)
    assert "example.com" not in receipt.raw


async def test_a_picture_alone_is_kept_unread_and_without_its_key(desk: Desk, fake: AibotFake) -> None:
    await fake.writes("zhangsan", {"msgtype": "image", "image": {"url": "https://x", "aeskey": "k3y"}})
    (receipt,) = await stored(desk, 1)
    assert (receipt.incoming, "k3y" in receipt.raw) == ({}, False)


GARBAGE = ["{", "[]", '{"cmd":"aibot_msg_callback"}', '{"cmd":5}', '"x"', '{"headers":[]}', "[" * 9999]


@pytest.mark.parametrize("frame", GARBAGE)
async def test_garbage_on_the_wire_stops_nothing(desk: Desk, fake: AibotFake, frame: str) -> None:
    await fake.push_raw(frame)
    await fake.says("zhangsan", "help")
    await until(lambda: any(receipt.incoming.get("text") == "help" for receipt in desk.receipts()))


async def test_what_the_database_does_not_take_now_is_stored_later(desk: Desk, fake: AibotFake) -> None:
    with outage(desk.database):
        await fake.says("zhangsan", "first")
        await asyncio.sleep(0.1)
    await fake.says("zhangsan", "second")
    assert [receipt.incoming["text"] for receipt in await stored(desk, 2)] == ["first", "second"]


async def test_pings_keep_it_alive(desk: Desk, fake: AibotFake) -> None:
    await until(lambda: sum(frame["cmd"] == "ping" for frame in fake.frames) >= 5)
    assert fake.subscriptions == 1


async def test_two_unanswered_pings_mean_it_is_dead(desk: Desk, fake: AibotFake) -> None:
    fake.answers_pings = False
    await until(lambda: fake.subscriptions == 2)
    fake.answers_pings = True
    await until(lambda: fake.is_connected)


async def test_a_broken_connection_is_made_again(desk: Desk, fake: AibotFake, caplog: pytest.LogCaptureFixture) -> None:
    for time in range(2, 5):
        await fake.cut()
        await until(lambda time=time: fake.subscriptions == time and fake.is_connected)  # type: ignore[misc]
    await fake.says("zhangsan", "still there")
    assert len(await stored(desk, 1)) == 1


async def test_pauses_grow_while_nobody_answers(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []

    def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(asyncio.get_running_loop().time())
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    closed = AibotFake()
    closed.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Desk(database, closed, replace(QUICK, first_pause=0.02, longest_pause=0.16)):
        await until(lambda: len(tries) >= 7)
    server.close()
    await server.wait_closed()
    gaps = [after - before for before, after in itertools.pairwise(tries)]
    assert gaps[4] > 3 * gaps[0]
    assert gaps[5] < 0.3, "and no further than the longest"
    broke = [record for record in caplog.records if getattr(record, "action", "") == "broke"]
    assert len(broke) == 1, "an outage is told once"


async def test_a_wrong_secret_is_told_and_not_tried_again_soon(
    database: Database, fake: AibotFake, caplog: pytest.LogCaptureFixture
) -> None:
    async with Desk(database, fake, secret="not-this-one"):
        await until(lambda: fake.subscriptions == 1)
        await asyncio.sleep(0.3)
        assert fake.subscriptions == 1
        assert "WECOM_BOT_ID or WECOM_BOT_SECRET is wrong" in caplog.text
        assert "not-this-one" not in caplog.text
        await until(lambda: fake.subscriptions == 2)


async def test_who_was_displaced_does_not_fight(
    desk: Desk, fake: AibotFake, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with Desk(database, fake):
        await fake.displace()
        await asyncio.sleep(0.3)
        assert fake.subscriptions == 1, "neither it nor a sibling comes back at once"
        assert sum(getattr(record, "action", "") == "displaced" for record in caplog.records) == 1
        await until(lambda: fake.subscriptions == 2)


async def test_two_processes_of_one_database_make_one_connection(database: Database, fake: AibotFake) -> None:
    async with Desk(database, fake) as first:
        await until(lambda: fake.is_connected)
        async with Desk(database, fake) as second:
            await asyncio.sleep(0.3)
            assert fake.subscriptions == 1
            assert [first.link._wire.is_open, second.link._wire.is_open] == [True, False]


async def test_the_next_process_takes_over_at_once_when_one_ends(database: Database, fake: AibotFake) -> None:
    async with Desk(database, fake, replace(QUICK, lease=60, renew=20)):
        await until(lambda: fake.is_connected)
    assert holder(database) is None
    async with Desk(database, fake):
        await until(lambda: fake.subscriptions == 2)


async def test_who_loses_the_lease_closes_the_socket(desk: Desk, fake: AibotFake, database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(Lease).values(holder="somebody else"))
    await until(lambda: not fake.is_connected)
    assert not desk.link._wire.is_open
    assert holder(database) == "somebody else"


async def test_who_cannot_renew_the_lease_closes_the_socket_in_time(desk: Desk, fake: AibotFake) -> None:
    with outage(desk.database):
        await until(lambda: not fake.is_connected)
    await until(lambda: fake.is_connected)


async def test_it_leaves_cleanly(database: Database, fake: AibotFake) -> None:
    async with Desk(database, fake):
        await until(lambda: fake.is_connected)
    await until(lambda: not fake.is_connected, 1)
    assert holder(database) is None


async def test_the_secret_is_in_no_log(desk: Desk, fake: AibotFake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await fake.says("zhangsan", "a private word")
    await fake.cut()
    await until(lambda: fake.subscriptions == 2)
    assert SECRET not in caplog.text
    assert "a private word" not in caplog.text


async def test_doctor_accepts_a_bot_that_answers(database: Database, fake: AibotFake) -> None:
    link = connect("wecom_aibot", settings(fake.url), Desk(database, fake).rim)
    assert [str(finding) for finding in await link.examine()] == ["ok   WeCom accepts the AI bot."]
    await until(lambda: not fake.is_connected)
    assert holder(database) is None


async def test_doctor_does_not_push_out_the_running_bot(desk: Desk, fake: AibotFake, database: Database) -> None:
    link = connect("wecom_aibot", settings(fake.url), desk.rim)
    (finding,) = await link.examine()
    assert (finding.ok, finding.what) == (True, "The AI bot's connection is held by a running process.")
    assert fake.subscriptions == 1


async def test_doctor_names_what_is_wrong(database: Database, fake: AibotFake) -> None:
    rim = Desk(database, fake).rim
    (wrong,) = await connect("wecom_aibot", settings(fake.url, "wrong"), rim).examine()
    (silent,) = await connect("wecom_aibot", settings("ws://127.0.0.1:9"), rim).examine()
    assert "853000" in wrong.what
    assert "WECOM_BOT_SECRET" in wrong.mend
    assert "does not answer" in silent.what


async def test_doctor_tries_nothing_while_the_database_cannot_say_who_runs(database: Database, fake: AibotFake) -> None:
    with database.transaction() as session:
        session.execute(text("DROP TABLE lease"))
    (finding,) = await connect("wecom_aibot", settings(fake.url), Desk(database, fake).rim).examine()
    assert not finding.ok
    assert fake.subscriptions == 0
