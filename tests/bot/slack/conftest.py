"""The app that several workspaces can install; nothing of it runs but what stores events."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import httpx
import pytest

from bot.app import App
from bot.settings import Settings
from models.db import Database
from services import programme, programme_file
from tests.bot.slack.installations import HOME, PROGRAMME, SECRET, Hands, a_browser
from tests.fakes.slack import SlackFake
from tests.fakes.slack_oauth import SlackOAuth


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr("slack_sdk.signature.Clock.now", lambda _self: hands())
    return hands


@pytest.fixture
def slacks(hands: Hands) -> Iterator[dict[str, SlackFake]]:
    one = SlackFake(token="xoxb-none-1", clock=hands, team="T0ONE")
    two = SlackFake(token="xoxb-none-2", clock=hands, team="T0TWO", bot_user="U0BOTTWO")
    with ExitStack() as stack:
        for fake, user, channel in ((one, "U0ANA", "C0ONE"), (two, "U0BOB", "C0TWO")):
            stack.enter_context(fake)
            fake.add_user(user, user, tz="Asia/Shanghai")
            fake.add_channel(channel, channel.lower(), [user, fake.bot_user])
        yield {"T0ONE": one, "T0TWO": two}
    assert one.problems + two.problems == []


@pytest.fixture
def oauth(slacks: dict[str, SlackFake]) -> SlackOAuth:
    return SlackOAuth(*slacks.values(), redirect_uri=f"{HOME}/slack/oauth")


@pytest.fixture
async def several(
    database: Database, slacks: dict[str, SlackFake], oauth: SlackOAuth, hands: Hands
) -> AsyncIterator[App]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), hands.now())
    given = {
        "SLACK_CLIENT_ID": oauth.client_id,
        "SLACK_CLIENT_SECRET": oauth.client_secret,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{slacks['T0ONE'].url}/api/",
        "LOOPKEEPER_PUBLIC_URL": HOME,
        "LOOPKEEPER_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }
    app = App(Settings.model_validate(given), database, hands)
    receiving = asyncio.create_task(app.receiver.run())
    yield app
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)


@pytest.fixture
async def browser(several: App) -> AsyncIterator[httpx.AsyncClient]:
    async with a_browser(several) as browser:
        yield browser
