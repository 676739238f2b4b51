"""A team's posts: one message in each of its channels, changed in place whenever the facts behind it change."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from models.messages import Message
from models.organization import Channel, Team
from services import outbox, people

MessageFor = Callable[[str, Channel | None], Message]
"""Renders a post in a locale; the channel tells whom it can mention there. None: it goes to a lead's own chat."""


def publish(session: Session, now: datetime, team: Team, key: str, message_for: MessageFor) -> None:
    """Post it where the team is; without a channel its leads get it. A second time changes what stands there."""
    channels = people.channels_of(session, team)
    for channel in channels:
        message = message_for(team.locale, channel)
        _put(session, now, outbox.address_of_channel(channel), message, f"{key}:channel:{channel.id}")
    if channels:
        return
    for lead in people.members_of(session, team.id, "lead"):
        address = outbox.address_of(session, lead)
        if address is not None:
            _put(session, now, address, message_for(lead.locale, None), f"{key}:lead:{lead.id}")


def _put(session: Session, now: datetime, to: outbox.Address, message: Message, key: str) -> None:
    original = outbox.by_key(session, key)
    if original is None:
        outbox.post(session, now, to, message, key)
    else:
        outbox.edit(session, now, original, message, f"{key}:edit")
