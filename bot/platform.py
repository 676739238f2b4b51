"""What the rim knows of a platform: a link that lets events in, an outbound that lets messages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from models.messages import Delivery


@dataclass(frozen=True)
class Profile:
    """What a platform says of a person: IANA zone and locale (en, zh), None where it does not know."""

    name: str | None = None
    time_zone: str | None = None
    locale: str | None = None


class Outbound(Protocol):
    """One platform's way out. Every failure is raised as services.outbox.SendError, classified."""

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        """Send once; returns the platform's id of the message. `original` is the sent message an edit changes."""

    async def find(self, delivery: Delivery) -> str | None:
        """The platform's id of this delivery if it did arrive, for a send whose outcome is unknown."""

    async def profile(self, user_id: str) -> Profile:
        """What the platform knows of this person."""

    async def close(self) -> None: ...


class Link(Protocol):
    """One platform's way in: its HTTP routes, and its outbound."""

    @property
    def platform(self) -> str: ...
    @property
    def routes(self) -> Sequence[BaseRoute]: ...
    @property
    def outbound(self) -> Outbound: ...
