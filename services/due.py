"""When the clock next has something to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from models.check_ins import CheckIn, Response, Round
from models.coaching import OneOnOne
from models.ledger import Blocker
from models.organization import Organization, Team
from services import mornings

DUE_COLUMNS: tuple[Any, ...] = (
    CheckIn.due_at, Response.due_at, Round.due_at, Team.digest_due_at, Blocker.due_at, Round.react_due_at,
    OneOnOne.due_at,
    Team.reflect_due_at,
)  # fmt: skip


UNSEEN: tuple[Any, ...] = (Organization.prune_due_at,)
"""What nobody waits for: it is done when its instant has come, and no clock is played to it."""


def anything(session: Session, now: datetime) -> bool:
    """Whether any due instant has come: mostly not, which one look tells."""
    come = select(or_(*(exists().where(column <= now) for column in (*DUE_COLUMNS, *UNSEEN))))
    return bool(session.execute(come).scalar()) or mornings.is_due(session, now)


def next_instant(session: Session, now: datetime) -> datetime | None:
    """The earliest due instant (UTC) after now, or None when nothing is planned."""
    soonest = [select(func.min(column)).where(column > now).scalar_subquery() for column in DUE_COLUMNS]
    instants = session.execute(select(*soonest)).one()
    coming = (*instants, mornings.next_instant(session, now))
    return min((instant for instant in coming if instant is not None), default=None)
