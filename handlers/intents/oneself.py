"""Oneself: time off, language, quiet, accounts, what is kept about one."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal

from handlers.intents.slots import IN_CHAT_ONLY


@dataclass(frozen=True)
class Away:
    """Both dates belong to the absence. `who`: a lead or HR records it for somebody else. `doubted`: an end said before
    that cannot be, or lies so far off that it was asked about."""

    name: ClassVar[str] = "away"
    start: date | None = field(default=None, metadata={"slot": "from"})
    until: date | None = None
    reason: str | None = None
    who: tuple[str, ...] = ()
    doubted: date | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class AwayIn:
    """An absence counts for one team only: `team` is its place among those that ask the person, from 1; 0: for all."""

    name: ClassVar[str] = "away.in"
    absence_id: int
    team: int


@dataclass(frozen=True)
class NotOff:
    """The person is not off, whatever his calendar or somebody else said."""

    name: ClassVar[str] = "not_off"
    absence_id: int
    sure: bool = True


@dataclass(frozen=True)
class Language:
    name: ClassVar[str] = "language"
    locale: Literal["zh", "en"] | None = None


@dataclass(frozen=True)
class Quiet:
    """Local "HH:MM" between which nobody asks or reminds. `off` ends it; with nothing said it is shown."""

    name: ClassVar[str] = "quiet"
    start: str | None = field(default=None, metadata={"slot": "from"})
    until: str | None = None
    off: bool | None = None


@dataclass(frozen=True)
class WhyNot:
    name: ClassVar[str] = "whynot"
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class Privacy:
    name: ClassVar[str] = "privacy"


@dataclass(frozen=True)
class MyData:
    name: ClassVar[str] = "mydata"


@dataclass(frozen=True)
class ForgetMe:
    """`sure`: said once, then twice."""

    name: ClassVar[str] = "forgetme"
    sure: Literal["once", "twice"] | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Link:
    """Without a code: give me one. With one, as typed: this account is mine too."""

    name: ClassVar[str] = "link"
    code: str | None = None


@dataclass(frozen=True)
class Invite:
    name: ClassVar[str] = "invite"
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class Here:
    """Write to me on this platform from now on."""

    name: ClassVar[str] = "here"


@dataclass(frozen=True)
class Setup:
    """`place` is the channel it was said in, as [platform, workspace, id]: the team may be asked for elsewhere."""

    name: ClassVar[str] = "setup"
    place: tuple[str, ...] = field(default=(), metadata=IN_CHAT_ONLY)
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Feed:
    """`calendar https://…`: a calendar (ICS) whose absences count. `off` forgets it; with nothing said it is shown."""

    name: ClassVar[str] = "calendar"
    url: str | None = None
    off: bool | None = None


@dataclass(frozen=True)
class Intensity:
    """How much the bot says to this person: without a level it is asked for."""

    name: ClassVar[str] = "intensity"
    level: Literal["light", "standard", "active"] | None = None


@dataclass(frozen=True)
class Consent:
    """A button of the first contact."""

    name: ClassVar[str] = "consent"
    answer: Literal["ok", "details", "not_me"] | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Arrive:
    """What follows one's agreement: the zone (IANA, as typed, or "change"), then the work days ("mo,tu", as typed)."""

    name: ClassVar[str] = "arrive"
    zone: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    days: str | None = field(default=None, metadata=IN_CHAT_ONLY)
