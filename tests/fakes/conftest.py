"""The stand-in Slack with a few people and channels, a client of it, and a bot that only listens."""

from collections.abc import Iterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackFake
from tests.fakes.slack_bricks import Hands, client
from tests.fakes.slack_listener import SECRET, Bot
from tests.fakes.slack_user import SlackUser


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def fake(clock: Hands) -> Iterator[SlackFake]:
    with SlackFake(clock=clock) as fake:
        fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima", locale="es-PE")
        fake.add_user("U0GONE", "Gone", deleted=True)
        fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
        fake.add_channel("C0ELSE", "elsewhere", ["U0ANA"])
        fake.add_channel("C0SECRET", "secret", ["U0ANA"], private=True)
        fake.add_channel("C0OLD", "old", ["U0ANA", "U0BOTUSER"], archived=True)
        yield fake


@pytest.fixture
def web(fake: SlackFake) -> AsyncWebClient:
    return client(fake)


@pytest.fixture
def bot(clock: Hands) -> Bot:
    return Bot(clock)


@pytest.fixture
def ana(fake: SlackFake, bot: Bot) -> SlackUser:
    return SlackUser(bot, SECRET, fake, "U0ANA")
