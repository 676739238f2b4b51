"""When the clock next has something to do."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from models.check_ins import CheckIn, Response, Round
from models.organization import Team

DUE_COLUMNS: tuple[Any, ...] = (CheckIn.due_at, Response.due_at, Round.due_at, Team.digest_due_at)


def next_instant(session: Session, now: datetime) -> datetime | None:
    """The earliest due instant (UTC) after now, or None when nothing is planned."""
    instants = [session.exec(select(func.min(column)).where(column > now)).one() for column in DUE_COLUMNS]
    return min((instant for instant in instants if instant is not None), default=None)
