"""Leases: what a platform allows only once is done by whoever holds the row, and by nobody else until it runs out."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col

from models.connection import Lease
from models.db import insert_new


def take(session: Session, name: str, holder: str, now: datetime, duration: timedelta) -> bool:
    """Take it, or hold it longer. False while somebody else holds it."""
    row = {"name": name, "holder": holder, "until": now + duration}
    if insert_new(session, Lease, [row]):
        return True
    free = (col(Lease.holder) == holder) | (col(Lease.until) <= now)
    taken = update(Lease).where(col(Lease.name) == name, free).values(holder=holder, until=now + duration)
    return bool(session.connection().execute(taken).rowcount)


def give_back(session: Session, name: str, holder: str) -> None:
    session.connection().execute(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder))
