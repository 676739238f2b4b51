"""When the clock next has something to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from models.check_ins import CheckIn, Response, Round
from models.organization import Team

DUE_COLUMNS: tuple[Any, ...] = (CheckIn.due_at, Response.due_at, Round.due_at, Team.digest_due_at)


def anything(session: Session, now: datetime) -> bool:
    """Whether any due instant has come: mostly not, which one look tells."""
    return bool(session.execute(select(or_(*(exists().where(column <= now) for column in DUE_COLUMNS)))).scalar())


def next_instant(session: Session, now: datetime) -> datetime | None:
    """The earliest due instant (UTC) after now, or None when nothing is planned."""
    soonest = [select(func.min(column)).where(column > now).scalar_subquery() for column in DUE_COLUMNS]
    instants = session.execute(select(*soonest)).one()
    return min((instant for instant in instants if instant is not None), default=None)
