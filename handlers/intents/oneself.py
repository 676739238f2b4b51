"""Oneself: time off, language, quiet, accounts, what is kept about one."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal

from handlers.intents.slots import IN_CHAT_ONLY


@dataclass(frozen=True)
class Away:
    """Both dates belong to the absence. `who`: a lead or HR records it for somebody else."""

    name: ClassVar[str] = "away"
    start: date | None = field(default=None, metadata={"slot": "from"})
    until: date | None = None
    reason: str | None = None
    who: tuple[str, ...] = ()


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
    name: ClassVar[str] = "forgetme"


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
