"""Fills in what the list leaves out: name, time zone and language, asked of the platform once in a while."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import col, select

from bot.platform import Outbound, Profile
from models.db import Database
from models.organization import Identity
from services import roster
from services.outbox import SendError

log = logging.getLogger(__name__)
REFRESH = timedelta(days=7)
TRY_AGAIN = timedelta(hours=1)
MOST_AT_ONCE = 20


async def learn_next(database: Database, outbounds: Mapping[str, Outbound], now: datetime) -> bool:
    """Ask about the accounts that are due. Returns whether there were any."""
    due = await asyncio.to_thread(_due, database, list(outbounds), now)
    for identity in due:
        await _learn(database, outbounds[identity.platform], identity, now)
    return bool(due)


async def _learn(database: Database, outbound: Outbound, identity: Identity, now: datetime) -> None:
    try:
        profile = await outbound.profile(identity.external_id, identity.workspace)
    except SendError as error:
        log.warning("A profile could not be read", extra={"action": "profile_unread", "code": error.code})
        pause = timedelta(seconds=error.retry_after) if error.retry_after else TRY_AGAIN
        await asyncio.to_thread(_keep, database, identity, None, now + pause, now)
    else:
        await asyncio.to_thread(_keep, database, identity, profile, now + REFRESH, now)


def _due(database: Database, platforms: list[str], now: datetime) -> list[Identity]:
    with database.reading() as session:
        query = select(Identity).where(col(Identity.platform).in_(platforms), col(Identity.profile_due_at) <= now)
        return list(session.exec(query.order_by(col(Identity.profile_due_at)).limit(MOST_AT_ONCE)).all())


def _keep(database: Database, identity: Identity, profile: Profile | None, next_at: datetime, now: datetime) -> None:
    with database.transaction() as session:
        row = session.get(Identity, identity.id)
        if row is None:
            return
        row.profile_due_at = next_at
        session.add(row)
        if profile is not None:
            roster.learn(session, row, profile.name, profile.time_zone, profile.locale, now)
