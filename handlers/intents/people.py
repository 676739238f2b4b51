"""Coaching and thanks: what one says about another."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from handlers.intents.slots import IN_CHAT_ONLY

Visibility = Literal["both", "me", "hr"]
Decision = Literal["post", "private", "edit"]


@dataclass(frozen=True)
class Coach:
    """`coach @bob …`. `note_id` once it is saved; `agreed` is the step both settled on, "" when there was none; `when`
    the next talk: days from now, a day and time as typed, or "". `change`: what of a saved note is to change."""

    name: ClassVar[str] = "coach"
    who: tuple[str, ...] = ()
    text: str | None = None
    visibility: Visibility | None = field(default=None, metadata=IN_CHAT_ONLY)
    note_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    agreed: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    when: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    change: Literal["ask", "text", "agreed", "visibility"] | None = field(default=None, metadata=IN_CHAT_ONLY)


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
    """`notes @bob quoting`: the coaching notes the two share, with that word in them. `page` counts from 0. `show_to`:
    the new lead (a person's id) who is shown the earlier notes, 0 for nobody."""

    name: ClassVar[str] = "notes"
    who: tuple[str, ...] = ()
    text: str | None = None
    page: int = field(default=0, metadata=IN_CHAT_ONLY)
    show_to: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Meet:
    """`1on1 @bob Thursday 15:00`: when the two talk. `at` is an aware local time, `when` one as typed. `decision`: what
    is to become of a planned or proposed talk; `talk_id` names the two."""

    name: ClassVar[str] = "meet"
    who: tuple[str, ...] = ()
    at: datetime | None = None
    when: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    rhythm: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    talk_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    decision: str | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Agenda:
    """`agenda @bob the test rig` adds a point to the next 1:1; a number closes that point; without a text it is shown.
    `point_id`: the point that was talked about."""

    name: ClassVar[str] = "agenda"
    who: tuple[str, ...] = ()
    text: str | None = None
    point_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Reflect:
    """Answer this month's question for oneself. `month` ("2026-12") is another than this one behind a button."""

    name: ClassVar[str] = "reflect"
    month: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    decision: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    text: str | None = field(default=None, metadata=IN_CHAT_ONLY)
