"""One process's link to the stand-in AI bot, with durations of milliseconds."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from sqlmodel import select

from bot.clock import Clock
from bot.platform import Rim
from bot.receiver import Receiver
from bot.wecom_aibot.link import AibotLink
from bot.wecom_aibot.wire import Beats
from models.db import Database
from models.messages import Delivery, Message, Receipt
from tests.fakes.wecom_aibot import BOT, SECRET, AibotFake

QUICK = Beats(
    ping=0.05, answer=0.3, connect=2, close=0.1, first_pause=0.01, longest_pause=0.04,
    away=0.5, lease=1.0, renew=0.1, look=0.05,
)  # fmt: skip
CREATED = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


class Desk:
    """Runs a receiver and a link until it is left."""

    def __init__(self, database: Database, fake: AibotFake, beats: Beats = QUICK, secret: str = SECRET) -> None:
        self.database = database
        clock = Clock()
        self.receiver = Receiver(database, clock.now, lambda: None)
        self.rim = Rim(database, self.receiver, clock.now)
        self.link = AibotLink(fake.url, BOT, secret, self.rim, beats)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self.receiver.run()), asyncio.create_task(self.link.run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def receipts(self) -> list[Receipt]:
        with self.database.reading() as session:
            return list(session.exec(select(Receipt).order_by("id")).all())

    async def send(self, message: Message, **more: Any) -> str | None:
        return await self.link.outbound.send(delivery(message, **more), more.get("original"))


def delivery(message: Message, place: str = "zhangsan", original: Delivery | None = None, **more: Any) -> Delivery:
    kind = "edit" if original else "post"
    fields = {"id": 7, "place_kind": "dm", "kind": kind, "created_at": CREATED, **more}
    return Delivery(
        organization_id=1,
        dedupe_key="k",
        platform="wecom_aibot",
        place_id=place,
        message=message.model_dump(mode="json"),
        due_at=CREATED,
        **fields,
    )


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
