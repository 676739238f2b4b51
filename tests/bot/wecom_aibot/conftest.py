"""The stand-in AI bot service, and one process connected to it."""

from collections.abc import AsyncIterator

import pytest

from models.db import Database
from tests.bot.wecom_aibot.desk import Desk, until
from tests.fakes.wecom_aibot import AibotFake


@pytest.fixture
async def fake(anyio_backend: str) -> AsyncIterator[AibotFake]:
    async with AibotFake() as fake:
        yield fake
    assert fake.problems == []


@pytest.fixture
async def desk(database: Database, fake: AibotFake) -> AsyncIterator[Desk]:
    async with Desk(database, fake) as desk:
        await until(lambda: fake.is_connected)
        yield desk
