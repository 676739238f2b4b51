"""Two workspaces on the stand-in Slack, the app that several can install, and the browser that does it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlmodel import select

from bot.app import App
from bot.slack.link import SlackLink
from models.connection import Secret
from models.db import Database
from models.organization import Workspace
from tests.fakes.slack import SlackFake
from tests.fakes.slack_oauth import SlackOAuth
from tests.fakes.slack_user import SlackUser, post_to_app
from tests.world import StillClock

Json = dict[str, Any]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
HOME = "https://loop.example.com"
START = 1_764_000_000.0
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people:
  - {name: Ana Ruiz, slack: T0ONE/U0ANA, time_zone: America/Lima}
  - {name: Bob Stone, slack: T0TWO/U0BOB, time_zone: Asia/Shanghai}
teams:
  - {name: One, leads: [Ana Ruiz], members: [Ana Ruiz], channels: {slack: T0ONE/C0ONE}}
  - {name: Two, leads: [Bob Stone], members: [Bob Stone], channels: {slack: T0TWO/C0TWO}}
"""


class Hands(StillClock):
    """One clock for Slack and the bot."""

    def __init__(self) -> None:
        super().__init__(datetime.fromtimestamp(START, UTC))

    def __call__(self) -> float:
        return self.now().timestamp()

    def later(self, seconds: float) -> None:
        self.move_to(datetime.fromtimestamp(self() + seconds, UTC))


def a_browser(app: App, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app.web, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HOME, headers=headers)


async def begin(browser: httpx.AsyncClient) -> str:
    """Slack's page, to which the browser is sent."""
    answer = await browser.get("/slack/install")
    assert answer.status_code == 302
    return answer.headers["location"]


async def install(app: App, oauth: SlackOAuth, team: str) -> httpx.Response:
    async with a_browser(app) as browser:
        answer = await browser.get(oauth.allows(await begin(browser), team))
    await asyncio.to_thread(app._connect)
    return answer


def user(app: App, slacks: dict[str, SlackFake], team: str, user: str) -> SlackUser:
    fake = slacks[team]
    return SlackUser(post_to_app(app.web), SECRET, fake, user, fake.bot_user, team)


def secrets_of(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {row.name: row.sealed for row in session.exec(select(Secret)).all()}


def connected(database: Database) -> dict[str, bool]:
    with database.reading() as session:
        return {
            row.external_id: row.connected
            for row in session.exec(select(Workspace).where(Workspace.platform == "slack")).all()
        }


def link(app: App) -> SlackLink:
    return next(each for each in app.links if isinstance(each, SlackLink))
