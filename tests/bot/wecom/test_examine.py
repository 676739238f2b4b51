"""What `doctor` says of a WeCom app: what is right, and how each wrong thing is mended."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.doctor import _examined
from bot.links import connect
from bot.platform import Finding, Rim
from bot.receiver import Receiver
from models.db import Database
from tests.bot.wecom.bench import Hands, settings_of
from tests.fakes.slack_wire import Server
from tests.fakes.wecom import WecomFake

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is asked of WeCom knows no engine: one is enough."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


async def examined(fake: WecomFake, database: Database, clock: Hands, **more: str) -> list[Finding]:
    rim = Rim(database, Receiver(database, clock.now, lambda: None), clock.now)
    return await _examined(connect("wecom", settings_of(fake, **more), rim))


@contextmanager
def served(fake: WecomFake, database: Database, clock: Hands, **more: str) -> Iterator[str]:
    """The bot's own callback on a real socket."""
    rim = Rim(database, Receiver(database, clock.now, lambda: None), clock.now)
    link: Any = connect("wecom", settings_of(fake, **more), rim)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(Starlette(routes=link.routes))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    server.up.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.loop.call_soon_threadsafe(server.stopping.set)
    thread.join(10)


def wrong(findings: list[Finding]) -> list[str]:
    return [f"{finding.what} {finding.mend}" for finding in findings if not finding.ok]


async def test_a_right_installation_has_nothing_to_mend(fake: WecomFake, database: Database, clock: Hands) -> None:
    with served(fake, database, clock) as url:
        findings = await examined(fake, database, clock, LOOPKEEPER_PUBLIC_URL=url)
    assert wrong(findings) == []
    assert [finding.ok for finding in findings].count(True) == 3
    assert fake.problems == []


async def test_each_mistake_has_its_own_advice(fake: WecomFake, database: Database, clock: Hands) -> None:
    for given, advice in (
        ({"WECOM_SECRET": "another"}, "WECOM_SECRET is not the Secret of this app"),
        ({"WECOM_CORP_ID": "ww0"}, "WECOM_CORP_ID is wrong"),
        ({"WECOM_AGENT_ID": "7"}, "belong to two apps"),
        ({"WECOM_API_URL": "http://127.0.0.1:9/cgi-bin"}, "Check the network and WECOM_API_URL"),
        ({"LOOPKEEPER_PUBLIC_URL": "http://127.0.0.1:9"}, "Is `python -m bot serve` running"),
        ({}, "Set LOOPKEEPER_PUBLIC_URL"),
    ):
        assert advice in " ".join(wrong(await examined(fake, database, clock, **given)))


async def test_an_untrusted_ip_is_shown_with_what_must_come_first(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    fake.trusted = False
    told = " ".join(wrong(await examined(fake, database, clock)))
    assert "from ip: 203.0.113.7" in told
    assert "Save the callback URL first" in told


async def test_a_callback_with_another_key_is_told(fake: WecomFake, database: Database, clock: Hands) -> None:
    other = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
    with served(fake, database, clock, WECOM_ENCODING_AES_KEY=other) as url:
        told = wrong(await examined(fake, database, clock, LOOPKEEPER_PUBLIC_URL=url))
    assert "does not answer WeCom's check" in told[0]


async def test_a_wrong_clock_is_told(fake: WecomFake, database: Database, clock: Hands) -> None:
    fake.ahead = 61
    (clocks, _callback) = wrong(await examined(fake, database, clock))
    assert "differ by 61 s" in clocks
    assert "Set the clock" in clocks
