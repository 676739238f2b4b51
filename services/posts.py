"""A team's posts: one message in each of its channels, changed in place whenever the facts behind it change.

Of a day's check-ins a channel shows one parent message. Where there are threads (Slack) that is a line with numbers,
and each summary hangs under it. Where there are none but messages can be changed (Telegram, the playground) the
summaries are the parts of one message: the second of a day changes it and rings no bell. Where a message cannot be
changed (WeCom's app, AI bot and group robots) a joint message would repeat everything at each check-in, so that each
summary is a message of its own. Reminders are never posted: see services/announcements.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from models.messages import Delivery, Message
from models.organization import CAN_EDIT, HAS_THREADS, Channel, Team
from services import outbox, people


@dataclass(frozen=True)
class Day:
    """One local day of a team, by language: the line over its summaries, and all of them in one message."""

    on: date
    line_for: Callable[[str], Message]
    whole_for: Callable[[str], Message]


MessageFor = Callable[[str, Channel | None], Message]
"""Renders a post in a locale; the channel tells whom it can mention there. None: it goes to a lead's own chat."""


def publish(
    session: Session, now: datetime, team: Team, key: str, message_for: MessageFor, day: Day | None = None
) -> None:
    """Post it where the team is; without a channel its leads get it. A second time changes what stands there."""
    channels = people.channels_of(session, team)
    for channel in channels:
        to = outbox.address_of_channel(channel)
        if day is not None and channel.platform in CAN_EDIT and channel.platform not in HAS_THREADS:
            _put(session, now, to, day.whole_for(team.locale), f"{day_key(team.id, day.on)}:channel:{channel.id}")
            continue
        message = message_for(team.locale, channel)
        under = _line_of(session, now, team, channel, day) if day and channel.platform in HAS_THREADS else None
        _put(session, now, to, message, f"{key}:channel:{channel.id}", under)
    if channels:
        return
    for lead in people.members_of(session, team.id, "lead"):
        address = outbox.address_of(session, lead)
        if address is not None:
            _put(session, now, address, message_for(lead.locale, None), f"{key}:lead:{lead.id}")


def day_key(team_id: int, on: date) -> str:
    """What the one message of a team's day is promised under, where it holds all summaries."""
    return f"summaries:{team_id}:{on.isoformat()}"


def _line_of(session: Session, now: datetime, team: Team, channel: Channel, day: Day) -> Delivery | None:
    """Promised before what hangs under it, so that it is sent before."""
    key = f"day:{channel.id}:{channel.external_id}:{day.on.isoformat()}"
    _put(session, now, outbox.address_of_channel(channel), day.line_for(team.locale), key)
    return outbox.by_key(session, key)


def _put(
    session: Session, now: datetime, to: outbox.Address, message: Message, key: str, under: Delivery | None = None
) -> None:
    original = outbox.by_key(session, key)
    if original is None:
        outbox.post(session, now, to, message, key, under=under)
    else:
        outbox.edit(session, now, original, message, f"{key}:edit")
