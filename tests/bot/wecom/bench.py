"""The app with WeCom configured, a clock that stands still, and what a test promises to send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.settings import Settings
from bot.wecom.api import WecomApi
from bot.wecom.outbound import WecomOutbound
from models.db import Database
from models.messages import Button, Delivery, Message, Picture
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_state import AES_KEY, TOKEN

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # a PNG


class Hands:
    """A clock moved by hand, for the bot and for the stand-in alike."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def passes(self, **duration: float) -> None:
        self.at += timedelta(**duration)


def settings_of(fake: WecomFake, **more: str) -> Settings:
    given = {
        "WECOM_CORP_ID": fake.corp,
        "WECOM_AGENT_ID": str(fake.agent),
        "WECOM_SECRET": fake.secret,
        "WECOM_TOKEN": TOKEN,
        "WECOM_ENCODING_AES_KEY": AES_KEY,
        "WECOM_API_URL": fake.url,
        **more,
    }
    return Settings.model_validate(given)


@asynccontextmanager
async def client(fake: WecomFake, database: Database, clock: Hands, secret: str = "") -> AsyncIterator[WecomApi]:
    api = WecomApi(fake.url, fake.corp, fake.agent, secret or fake.secret, database, clock.now)
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def way_out(fake: WecomFake, database: Database, clock: Hands) -> AsyncIterator[WecomOutbound]:
    async with client(fake, database, clock) as api:
        yield WecomOutbound(api, clock.now)


def buttons(*labels: str) -> tuple[Button, ...]:
    return tuple(Button(label=label, action=f"v1:choose:7:{place}") for place, label in enumerate(labels))


def picture() -> Picture:
    return Picture(png=PIXEL, alt="a chart")


def delivery(markup: str = "hello", id: int = 1, place: str = "zhangsan", kind: str = "dm", **more: Any) -> Delivery:
    """One that is about to be sent; `more` are fields of the Message, or `ticket` and `external_id`."""
    row = {name: more.pop(name) for name in ("ticket", "external_id") if name in more}
    message = Message(markup=markup, **more)
    return Delivery(
        id=id,
        organization_id=1,
        dedupe_key=f"test:{id}",
        platform="wecom",
        place_kind=kind,
        place_id=place,
        message=message.model_dump(mode="json"),
        state="sending",
        due_at=NOW,
        created_at=NOW,
        **row,
    )
