"""Coaching and thanks: what one says about another."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from handlers.intents.slots import IN_CHAT_ONLY

Visibility = Literal["both", "me", "hr"]
Decision = Literal["post", "private", "edit"]


@dataclass(frozen=True)
class Coach:
    """`coach @bob …`. `note_id` once it is saved; `agreed` is the step both settled on, "" when there was none."""

    name: ClassVar[str] = "coach"
    who: tuple[str, ...] = ()
    text: str | None = None
    visibility: Visibility | None = field(default=None, metadata=IN_CHAT_ONLY)
    note_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    agreed: str | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Thanks:
    """`thanks @bob @ana for the demo #craft`. `values` come without their #; `evidence` are action numbers cited."""

    name: ClassVar[str] = "thanks"
    who: tuple[str, ...] = ()
    text: str | None = None
    values: tuple[str, ...] = ()
    evidence: tuple[int, ...] = field(default=(), metadata=IN_CHAT_ONLY)
    decision: Decision | None = field(default=None, metadata=IN_CHAT_ONLY)
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Notes:
    """`notes @bob quoting`: the coaching notes the two share, with that word in them."""

    name: ClassVar[str] = "notes"
    who: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True)
class Meet:
    """`1on1 @bob Thursday 15:00`: when the two talk. `at` is an aware local time."""

    name: ClassVar[str] = "meet"
    who: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Agenda:
    """`agenda @bob the test rig` adds a point to the next 1:1; without a text it is shown."""

    name: ClassVar[str] = "agenda"
    who: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True)
class Reflect:
    """Answer this month's question for oneself."""

    name: ClassVar[str] = "reflect"
