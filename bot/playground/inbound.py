"""The page's own events -> Incoming. Pure. Ids: `in-<key>` for people's messages, `out-<delivery>` for ours."""

import re
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.messages import Incoming, Place

MOST_CHARACTERS = 200_000
BOT_MENTION = re.compile(r"@loopkeeper\b", re.IGNORECASE)


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    key: str = Field(min_length=8, max_length=64)
    sender: str = Field(alias="from", min_length=1, max_length=64)


class Said(_Event):
    place: str = Field(pattern=r"^(dm|channel):.{1,64}$")
    text: str = Field(max_length=MOST_CHARACTERS)
    thread_of: str | None = None


class Pressed(_Event):
    message: str
    action: str = Field(max_length=64)


class Submitted(_Event):
    form: str
    values: dict[str, str]


class Edited(_Event):
    message: str
    text: str = Field(max_length=MOST_CHARACTERS)


class ClockMove(BaseModel):
    """`to` the next check-in, an hour on, or the next Friday 17:00 of the team."""

    to: Literal["next", "hour", "friday"]
    cast: Literal["en", "zh"]


PlaygroundEvent = Said | Pressed | Submitted | Edited


def to_incoming(event: PlaygroundEvent, place: str, action: str, thread_of: str | None, now: datetime) -> Incoming:
    """`place` and `thread_of`: where the message stands that was pressed or edited; `action`: what the button means."""
    kind, id_ = place.split(":", 1)
    common: dict[str, Any] = {
        "platform": "playground",
        "connection": "",
        "event_key": event.key,
        "sender": event.sender,
        "place": Place.model_validate({"kind": kind, "id": id_}),
        "sent_at": now,
    }
    match event:
        case Said():
            return _said(event, common)
        case Pressed():
            return Incoming(
                kind="press", action=action, message_id=event.message, thread_of=thread_of, ticket=event.key, **common
            )
        case Submitted():
            return Incoming(kind="form", action=action, form=event.values, **common)
        case Edited():
            text, called = _without_bot(event.text)
            addressed = common["place"].kind == "dm" or called
            return Incoming(
                kind="text", text=text, message_id=event.message, edits=event.message, addressed=addressed, **common
            )


def _said(event: Said, common: dict[str, Any]) -> Incoming:
    """In the channel a message is for the bot when it names it, as on every platform."""
    text, called = _without_bot(event.text)
    return Incoming(
        kind="text",
        text=text,
        message_id=f"in-{event.key}",
        thread_of=event.thread_of,
        addressed=common["place"].kind == "dm" or called,
        **common,
    )


def _without_bot(text: str) -> tuple[str, bool]:
    without = BOT_MENTION.sub(" ", text, count=1)
    return (without.strip(), True) if without != text else (text, False)
