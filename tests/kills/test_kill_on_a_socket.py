"""The real process in Socket Mode: killed between its commit and its acknowledgement, stopped, and two at once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.db import Database
from tests.bot.bench import receipts
from tests.fakes.slack import SlackFake
from tests.fakes.slack_socket import SlackSockets
from tests.fakes.slack_stage import PEOPLE, SECRET
from tests.fakes.slack_user import SlackUser
from tests.processes import Process, wait_until
from tests.world import ORGANIZATION

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        for user, (name, zone, locale) in PEOPLE.items():
            fake.add_user(user, name, zone, locale)
        fake.add_channel("C0PRODUCT", "product", [*PEOPLE, "U0BOTUSER"])
        yield fake
        assert fake.problems == []


@pytest.fixture
async def sockets(fake: SlackFake) -> AsyncIterator[SlackSockets]:
    async with SlackSockets(fake) as sockets:
        yield sockets


@pytest.fixture
def processes(database_url: str, fake: SlackFake, tmp_path: Path) -> Iterator[list[Process]]:
    programme = tmp_path / "programme.yaml"
    programme.write_text(ORGANIZATION, "utf-8")
    both = [Process(database_url, fake.url), Process(database_url, fake.url)]
    for process in both:
        process.environ["SLACK_APP_TOKEN"] = "xapp-fake"
        del process.environ["SLACK_SIGNING_SECRET"]
    both[0].run("apply", str(programme))
    yield both
    for process in both:
        process.kill()


async def test_a_process_killed_before_it_acknowledged_answers_once(
    processes: list[Process], sockets: SlackSockets, fake: SlackFake, database_url: str
) -> None:
    process, database = processes[0], Database(database_url)
    bob = SlackUser(sockets.post, SECRET, fake, "U0BOB")
    await asyncio.to_thread(process.start)
    await sockets.happened("open", 1)
    sockets.loses_acknowledgements, sockets.patience = True, 1
    await bob.says("mine")
    await asyncio.to_thread(wait_until, lambda: len(receipts(database)) == 1)
    process.kill()
    sockets.loses_acknowledgements, sockets.patience = False, 10
    await sockets.happened("closed", 1)
    await asyncio.to_thread(process.start)
    await sockets.happened("open", 2)
    await sockets.deliver_again()
    await asyncio.to_thread(wait_until, lambda: len(fake.messages("U0BOB")) == 1)
    await bob.says("help")
    await asyncio.to_thread(wait_until, lambda: len(fake.messages("U0BOB")) == 2)
    assert (sockets.waiting, len(receipts(database))) == ([], 2)
    database.close()


async def test_two_processes_each_hold_a_socket_and_one_that_stops_leaves_at_once(
    processes: list[Process], sockets: SlackSockets, fake: SlackFake, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        processes = processes[:1]
    for number, process in enumerate(processes, 1):
        await asyncio.to_thread(process.start)
        await sockets.happened("open", number)
    bob = SlackUser(sockets.post, SECRET, fake, "U0BOB")
    await bob.says("mine")
    await bob.resend()
    await asyncio.to_thread(wait_until, lambda: len(fake.messages("U0BOB")) == 1)
    began = time.monotonic()
    for process in processes:
        assert process.running is not None
        process.running.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.running.wait, 20)
    assert time.monotonic() - began < 15
    await sockets.happened("closed", len(processes))
    assert len(fake.messages("U0BOB")) == 1
