"""Two platforms around one bot: everybody is on Slack; the page is where a second account may come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from models.db import Database
from models.messages import Delivery, Incoming, Place
from models.organization import Identity, Person
from tests.fakes.playground_stage import PlaygroundStage
from tests.world import MONDAY, World

PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob Stone, slack: U0BOB}
  - {name: Ana Ruiz, slack: U0ANA}
  - {name: Grace Park, slack: U0GRACE}
  - {name: Olive Observer, slack: U0OLIVE}
  - {name: Helen HR, slack: U0HELEN, role: hr}
  - {name: Otto Other, slack: U0OTTO}
teams:
  - name: Product
    leads: [Grace Park]
    members: [Bob Stone, Ana Ruiz]
    observers: [Olive Observer]
    channels: {slack: C0PRODUCT}
    digest: {day: friday, at: "17:00"}
    check_ins:
      - name: Weekly
        rhythm: "FREQ=WEEKLY;BYDAY=MO"
        at: "09:30"
        closes_after: PT8H
        questions: [{ask: {en: What moved?}}]
  - name: Elsewhere
    leads: [Otto Other]
    members: [Otto Other]
    channels: {playground: C1ELSE}
"""


class Both(World):
    """`on_page` names the page's accounts: any id is an account there, and nobody's until it is linked."""

    def __init__(self, database: Database, programme_text: str = PROGRAMME, starts: datetime = MONDAY) -> None:
        self.page = PlaygroundStage()
        super().__init__("slack", database, programme_text, starts)

    def _start(self) -> None:
        settings = Settings.model_validate(self.stage.settings())
        self.app = App(settings, self.database, self.clock, playground=True)
        self.stage.enter(SimpleNamespace(web=_from_loopback(self.app.web), database=self.database, clock=self.clock))
        self.page.enter(self.app)
        self.app._connect()
        self._receiving = self._loop.create_task(self.app.receiver.run())
        self.settle()

    def says_on_page(self, account: str, text: str) -> str:
        """Returns what the bot answered there."""
        before = len(self.page_chat(account))
        self.run(self.page.says(account, text))
        self.settle()
        return "\n\n".join(self.page_chat(account)[before:])

    def says_in_page_channel(self, account: str, text: str, channel: str) -> None:
        self.run(self.page.says_in(channel, account, text, True, None))
        self.settle()

    def page_chat(self, place: str) -> list[str]:
        return list(self.run(self.page.texts(place)))

    def presses_on_page(self, account: str, label: str) -> None:
        self.run(self.page.presses(account, label, None))
        self.settle()

    def notices(self, action: str, sender: str = "", place: str = "", platform: str = "slack") -> None:
        """The platform says something by itself."""
        kind = "channel" if place.startswith(("C", "-")) else "dm"
        number = len(self.stored(Delivery)[0]) + self.clock.now().timestamp()
        incoming = Incoming(
            platform=platform, connection="", event_key=f"notice:{action}:{sender}:{place}:{number}", kind="notice",
            sender=sender, place=Place.model_validate({"kind": kind, "id": place or sender}), action=action,
            sent_at=self.clock.now(),
        )  # fmt: skip
        self.run(self.app.receiver.receive("{}", incoming))
        self.settle()

    def account_of(self, external_id: str) -> Identity | None:
        with self.database.reading() as session:
            return session.exec(select(Identity).where(Identity.external_id == external_id)).first()

    def person(self, name: str) -> Person:
        with self.database.reading() as session:
            return session.exec(select(Person).where(Person.name == name)).one()


def _from_loopback(web: Any) -> Any:
    """The page answers only to this very machine."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        others = [header for header in scope["headers"] if header[0] != b"host"]
        await web({**scope, "headers": [*others, (b"host", b"127.0.0.1")]}, receive, send)

    return app


@contextmanager
def both(database: Database, programme_text: str = PROGRAMME) -> Iterator[Both]:
    world = Both(database, programme_text)
    try:
        yield world
    finally:
        world.close()
