"""The stage: the whole bot around one database, a clock that stands still, and people who talk to it on a platform.

Everything goes through the real doors: signed HTTP requests in, a stand-in platform's API out.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, select

import scheduler
from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from models.db import Database
from models.messages import Delivery
from services import applying, programme, programme_file
from tests.fakes.playground_stage import PlaygroundStage
from tests.fakes.slack_stage import SlackStage
from tests.fakes.telegram_stage import TelegramStage, with_numbers
from tests.fakes.wecom_stage import WecomStage

T = TypeVar("T")
read_programme = cache(programme_file.read)
PLATFORMS = ("playground", "slack", "telegram", "wecom")
FEATURES: dict[str, set[str]] = {
    "playground": {"groups", "edits", "forms"},
    "slack": {"groups", "edits", "forms"},
    "telegram": {"groups", "edits"},
    "wecom": set(),
}
"""groups: the bot hears people in a group. edits: what was said can be changed. forms: several answers at once."""
STAGES: dict[str, Callable[[], Any]] = {
    "playground": PlaygroundStage, "slack": SlackStage, "telegram": TelegramStage, "wecom": WecomStage,
}  # fmt: skip

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)

ORGANIZATION = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: zh, consent: elsewhere}
people:
  - {name: "\\u674e\\u96f7", slack: U0LILEI, playground: U0LILEI}
  - {name: Ana Ruiz, slack: U0ANA, playground: U0ANA, time_zone: America/Lima, locale: en}
  - {name: Bob Stone, slack: U0BOB, playground: U0BOB, time_zone: Asia/Shanghai, locale: en}
  - {name: Grace Park, slack: U0GRACE, playground: U0GRACE, time_zone: Asia/Shanghai, locale: en}
  - {name: Olive Observer, slack: U0OLIVE, playground: U0OLIVE, time_zone: Asia/Shanghai, locale: en}
  - {name: Helen HR, slack: U0HELEN, playground: U0HELEN, role: hr, time_zone: Asia/Shanghai,
     locale: en}
  - {name: Otto Other, slack: U0OTTO, playground: U0OTTO, time_zone: Asia/Shanghai, locale: en}
teams:
  - name: Product
    locale: en
    leads: [Grace Park]
    members: ["\\u674e\\u96f7", Bob Stone]
    observers: [Olive Observer]
    channels: {slack: C0PRODUCT, playground: C0PRODUCT}
    digest: {day: friday, at: "17:00"}
    check_ins:
      - name: Weekly
        rhythm: "FREQ=WEEKLY;BYDAY=MO,TH"
        at: "09:30"
        closes_after: PT8H
        reminder_before: PT1H
        questions:
          - {ask: {zh: "\\u63a8\\u8fdb\\u4e86\\u4ec0\\u4e48", en: What moved this week?}}
          - {ask: {en: What is in the way?}, kind: blocker}
  - name: Elsewhere
    locale: en
    leads: [Otto Other]
    channels: {slack: C0ELSE, playground: C0ELSE}
"""
IDS = {
    "Li Lei": "U0LILEI", "Ana": "U0ANA", "Bob": "U0BOB", "Grace": "U0GRACE", "Olive": "U0OLIVE", "Helen": "U0HELEN",
    "Otto": "U0OTTO", "Charlie": "U0CHARLIE",
}  # fmt: skip


class Stage(Protocol):
    """One platform as people use it."""

    async def says(self, user: str, text: str) -> str: ...
    async def says_in(self, channel: str, user: str, text: str, mention: bool, thread: str | None) -> str: ...
    async def edits(self, user: str, message_id: str, text: str) -> None: ...
    async def presses(self, user: str, label: str, channel: str | None) -> None: ...
    async def submits(self, user: str, answers: list[str]) -> None: ...
    async def texts(self, place: str) -> list[str]: ...
    async def labels(self, place: str) -> list[str]: ...


class StillClock(Clock):
    """Moves only when it is moved."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move_to(self, moment: datetime) -> None:
        self._at = max(self._at, moment)


def with_accounts(programme_text: str) -> str:
    """Everybody and every channel stands on all platforms, so that one programme plays on each stage."""
    text = with_numbers(programme_text)
    return text if "wecom:" in text else re.sub(r"playground: ([UC]0[A-Z]+)", r"\g<0>, wecom: \1", text)


def apply(database: Database, text: str, now: datetime) -> list[applying.Change]:
    with database.transaction() as session:
        return programme.apply(session, read_programme(with_accounts(text)), now)


class World:
    """People are called by their first names; Charlie is the stranger."""

    channel = "C0PRODUCT"

    def __init__(
        self, platform: str, database: Database, programme_text: str | None = ORGANIZATION, starts: datetime = MONDAY
    ) -> None:
        """Without a programme text the stage's own organization is there already."""
        self.platform = platform
        self.database = database
        self.clock = StillClock(starts)
        self._loop = asyncio.new_event_loop()
        self._heard: dict[str, int] = {}
        self.stage: Any = STAGES[platform]()
        if programme_text is not None:
            self.apply(programme_text)
        self._start()

    def apply(self, text: str) -> list[applying.Change]:
        return apply(self.database, text, self.clock.now())

    def _start(self) -> None:
        """A process begins; what ran before it, if anything, is gone with its memory."""
        settings = Settings.model_validate(self.stage.settings())
        self.app = App(settings, self.database, self.clock, playground=self.platform == "playground")
        self.stage.enter(self.app)
        self.app._connect()
        self._receiving = self._loop.create_task(self.app.receiver.run())
        self.settle()

    def restart(self) -> None:
        """Killed and started again: nothing but the database is left."""
        self._end()
        self._start()

    def _end(self) -> None:
        self._receiving.cancel()
        self.run(asyncio.gather(self._receiving, return_exceptions=True))
        for link in self.app.links:
            self.run(link.outbound.close())

    def close(self) -> None:
        self._end()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self.stage.close()

    def run(self, doing: Awaitable[T]) -> T:
        return self._loop.run_until_complete(doing)

    def settle(self) -> None:
        """Let the bot do all it has to do at this instant."""
        self.run(self.app.settle())
        while scheduler.tick(self.database, self.clock.now()):
            self.run(self.app.settle())

    def account(self, who: str) -> str:
        """What the person is called on the platform."""
        renamed = isinstance(self.stage, (TelegramStage, WecomStage))
        return str(self.stage.account(IDS[who])) if renamed else IDS[who]

    # --- time

    def tick(self) -> None:
        """The metronome beats once more at this very instant."""
        self.settle()

    def at(self, wall: str, zone: str = "Asia/Shanghai") -> None:
        """Play the time forward to "2026-11-23 09:30" there."""
        local = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
        self._play_until(local.astimezone(UTC))

    def later(self, **duration: float) -> None:
        self._play_until(self.clock.now() + timedelta(**duration))

    def waits(self, **duration: float) -> None:
        """Some time in which nothing is due."""
        self.clock.move_to(self.clock.now() + timedelta(**duration))

    def catches_up(self) -> None:
        """Let the time pass in which a platform takes no more messages, until everything is sent."""
        for _ in range(600):
            if "pending" not in {row["state"] for row in self.stored(Delivery)[0]}:
                return
            self.waits(seconds=1)
            self.settle()
        raise AssertionError("something is never sent")

    def _play_until(self, moment: datetime) -> None:
        """The metronome has beaten before the time goes on: what is due by now is not late."""
        self.tick()
        self.run(self.app.play_until(moment))

    def sleeps_until(self, wall: str, zone: str = "Asia/Shanghai") -> None:
        """The bot is down until then; then it starts and does what is due."""
        local = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
        self.clock.move_to(local.astimezone(UTC))
        self.restart()

    # --- people

    def says(self, who: str, text: str) -> str:
        """In the private chat; returns the message's id for editing it."""
        message_id = self.run(self.stage.says(IDS[who], text))
        self.settle()
        return str(message_id)

    def says_in_channel(
        self, who: str, text: str, mention: bool = True, thread: str | None = None, channel: str | None = None
    ) -> str:
        where = channel or self.channel
        message_id = self.run(self.stage.says_in(where, IDS[who], text, mention, thread))
        self.settle()
        return str(message_id)

    def edits(self, who: str, message_id: str, text: str) -> None:
        self.run(self.stage.edits(IDS[who], message_id, text))
        self.settle()

    def corrects(self, who: str, message_id: str, text: str) -> None:
        """Change the first answer of a check-in: in the message itself, or where that cannot be, through `edit`."""
        if "edits" in FEATURES[self.platform]:
            self.edits(who, message_id, text)
            return
        for line in ("edit", text, "keep it"):
            self.says(who, line)

    def presses(self, who: str, label: str) -> None:
        """The newest button with that label in the person's own chat."""
        self.run(self.stage.presses(IDS[who], label, None))
        self.settle()

    def presses_in_channel(self, who: str, label: str) -> None:
        """The newest button with that label in the team's channel."""
        self.run(self.stage.presses(IDS[who], label, self.channel))
        self.settle()

    def submits(self, who: str, *answers: str) -> None:
        """Fill the form that is open and send it."""
        self.run(self.stage.submits(IDS[who], list(answers)))
        self.settle()

    def forges_press(self, who: str, action: str, place: str) -> None:
        """A button nobody was shown, pressed on the bot's first message of a channel or of somebody's chat."""
        self.run(forge_press(self.stage, IDS[who], action, IDS.get(place, place)))
        self.settle()

    def chat(self, who: str) -> list[str]:
        """Everything the bot's messages to this person say now."""
        return list(self.run(self.stage.texts(IDS[who])))

    def heard(self, who: str) -> str:
        """What the bot said to this person since the last time we listened."""
        texts = self.chat(who)
        fresh, self._heard[who] = texts[self._heard.get(who, 0) :], len(texts)
        return "\n\n".join(fresh)

    def posted(self, channel: str | None = None) -> list[str]:
        """The bot's messages in the channel as they read now; where none can be changed, the newest of each title."""
        texts = list(self.run(self.stage.texts(channel or self.channel)))
        if "edits" in FEATURES[self.platform]:
            return texts
        return list({text.partition("\n")[0]: text for text in texts}.values())

    def files(self, who: str) -> list[tuple[str, bytes]]:
        """Name and content of every file the bot sent to this person."""
        return list(self.run(self.stage.files(IDS[who])))

    def post_id(self, index: int = -1) -> str:
        return str(self.run(self.stage.ids(self.channel))[index])

    def buttons(self, who: str) -> list[str]:
        return list(self.run(self.stage.labels(IDS[who])))

    def stored(self, *tables: type[SQLModel]) -> list[list[dict[str, Any]]]:
        """Every row of these tables, to see that something changed or that nothing did."""
        with self.database.reading() as session:
            everything = [session.exec(select(table)).all() for table in tables]
        return [sorted((row.model_dump() for row in rows), key=lambda row: int(row["id"])) for rows in everything]


async def forge_press(stage: Any, user: str, action: str, place: str) -> None:
    if isinstance(stage, PlaygroundStage):
        message = (await stage.ids(place))[0]
        await stage._post("presses", {"from": user, "message": message, "action": action})
        return
    if isinstance(stage, (TelegramStage, WecomStage)):
        await stage.forges(user, action, place)
        return
    label = {"type": "plain_text", "text": "forged"}
    element = {"type": "button", "action_id": "forged", "text": label, "value": action}
    blocks = [{"type": "actions", "block_id": "forged", "elements": [element]}]
    await stage.user(user).presses({**stage.fake.messages(place)[0], "blocks": blocks}, "forged")


@contextmanager
def stage(
    platform: str,
    database: Database,
    programme_text: str = ORGANIZATION,
    starts: datetime = MONDAY,
    peopled: bool = False,
) -> Iterator[World]:
    """`peopled`: the stage's organization stands in the database already."""
    world = World(platform, database, None if peopled else programme_text, starts)
    try:
        yield world
    finally:
        world.close()
