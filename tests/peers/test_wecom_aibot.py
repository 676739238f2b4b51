"""Clients of others judge the stand-in AI bot service: WeCom's own SDK for Node, and a Python one.

Not part of `make test`: they are installed when asked for. `make peers` runs it.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.wecom_aibot import BOT, SECRET, AibotFake

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent
NODE_SDK, PYTHON_SDK = "@wecom/aibot-node-sdk@1.0.7", "wecom-aibot-sdk==1.0.8"
PATIENCE_SECONDS = 20
Command = tuple[list[str], dict[str, str]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Command:
    assert shutil.which("npm"), "Node and npm are needed for this peer"
    folder = tmp_path_factory.mktemp("node")
    subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), NODE_SDK], check=True)
    return ["node", str(HERE / "wecom_aibot_peer.cjs")], {"NODE_PATH": str(folder / "node_modules")}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("python")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), PYTHON_SDK]
    subprocess.run(install, check=True)
    return [sys.executable, str(HERE / "wecom_aibot_peer.py")], {"PYTHONPATH": str(folder)}


@pytest.fixture(params=["node", "python"])
def peer(request: pytest.FixtureRequest) -> Command:
    command: Command = request.getfixturevalue(request.param)
    return command


class Peer:
    """A running client; `says` waits for its next word."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, what: str) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = json.loads(await self._process.stdout.readline())
        assert line["what"] == what, line
        return line.get("code", line.get("text"))


@asynccontextmanager
async def running(command: Command, fake: AibotFake, secret: str = SECRET) -> AsyncIterator[Peer]:
    words, environ = command
    process = await asyncio.create_subprocess_exec(
        *words, fake.url, BOT, secret, stdout=asyncio.subprocess.PIPE, env={**os.environ, **environ}
    )
    try:
        yield Peer(process)
    finally:
        process.kill()
        await process.communicate()


async def test_somebody_elses_client_lives_a_day(peer: Command) -> None:
    async with AibotFake() as fake, running(peer, fake) as bot:
        await bot.says("authenticated")
        await fake.enters("ana")
        assert await bot.says("welcome") == 0
        await fake.says("ana", "help")
        assert await bot.says("sent") == 0
        assert "40008" in str(await bot.says("text"))
        assert "93006" in str(await bot.says("nobody"))
        assert await bot.says("media") == 0
        assert await bot.says("card") == 0
        assert "42014" in str(await bot.says("again"))
        assert fake.texts("ana") == ["heard help", "**pushed**", "", "Weekly"]
        assert len(next(iter(fake.media.values()))) == 700_000
        await fake.clicks("ana", "Skip")
        assert "846605" in str(await bot.says("wrong"))
        assert await bot.says("updated") == 0
        assert fake.messages("ana")[-1]["buttons"] == [("Skipped", "v1:skip:3")]
        await asyncio.sleep(1)
        assert fake.is_connected, "its pings are answered"
        assert fake.problems == []


async def test_somebody_elses_client_is_refused_and_displaced(peer: Command) -> None:
    async with AibotFake() as fake:
        async with running(peer, fake, "not the secret") as bot:
            assert "853000" in str(await bot.says("error"))
        async with running(peer, fake) as first:
            await first.says("authenticated")
            async with running(peer, fake) as second:
                await second.says("authenticated")
                await first.says("displaced")
