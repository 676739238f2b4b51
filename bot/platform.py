"""What the rim knows of a platform: a link that lets events in, an outbound that lets messages out."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from bot.receiver import Receiver
from models.db import Database
from models.messages import Delivery


@dataclass(frozen=True)
class Profile:
    """What a platform says of a person: IANA zone and locale (en, zh), None where it does not know."""

    name: str | None = None
    time_zone: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class Rim:
    """What every link is handed: where to store, where to look, and what time it is (aware UTC)."""

    database: Database
    receiver: Receiver
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Finding:
    """One line of `doctor`. `mend` says how, or what to know."""

    ok: bool
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'MEND'} {self.what}" + (f"\n     {self.mend}" if self.mend else "")


class Outbound(Protocol):
    """One platform's way out. Every failure is raised as services.outbox.SendError, classified."""

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        """Send once; returns the platform's id of the message. `original` is the sent message an edit changes."""

    async def find(self, delivery: Delivery) -> str | None:
        """The platform's id of this delivery if it did arrive, for a send whose outcome is unknown."""

    async def profile(self, user_id: str, workspace: str) -> Profile:
        """What the platform knows of this person."""

    async def close(self) -> None: ...


class Link(Protocol):
    """One platform's way in: its HTTP routes, what it does by itself while the process lives, and its outbound."""

    @property
    def platform(self) -> str: ...
    @property
    def routes(self) -> Sequence[BaseRoute]: ...
    @property
    def outbound(self) -> Outbound: ...

    def workspaces(self) -> Collection[str]:
        """The workspaces it is connected to now; "" is the only one of a token. Called in a thread; may read."""

    async def run(self) -> None:
        """Poll, or hold a connection, until cancelled; return at once where events come by HTTP alone.

        What it raises is logged, and it is run again after a pause.
        """

    async def examine(self) -> list[Finding]:
        """Ask the platform whether this installation is set up right, for `doctor`."""
