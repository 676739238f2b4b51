"""Who changed what, written in the same transaction as the fact."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.organization import Person

CLOCK = "clock"
OPERATOR = "operator"


def write(
    session: Session,
    now: datetime,
    actor: Person | str,
    verb: str,
    subject: Any,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    why: str = "",
) -> AuditEntry:
    """`actor` is a Person, CLOCK or OPERATOR; `subject` a stored row of an organization."""
    entry = AuditEntry(
        organization_id=getattr(subject, "organization_id", None) or subject.id,
        at=now,
        actor=actor if isinstance(actor, str) else "person",
        actor_id=None if isinstance(actor, str) else actor.id,
        verb=verb,
        subject=subject.__tablename__,
        subject_id=subject.id,
        old=old or {},
        new=new or {},
        why=why,
    )
    session.add(entry)
    return entry


def last_by(
    session: Session, person: Person, verbs: tuple[str, ...], since: datetime, entry_id: int | None = None
) -> AuditEntry | None:
    """The newest thing this person did among `verbs` that nothing has taken back yet; or the one with that id."""
    undone = select(AuditEntry.subject_id).where(AuditEntry.verb == "undone")
    query = (
        select(AuditEntry)
        .where(AuditEntry.actor_id == person.id, AuditEntry.at >= since)
        .where(col(AuditEntry.verb).in_(verbs), col(AuditEntry.id).not_in(undone))
        .order_by(col(AuditEntry.id).desc())
    )
    return session.exec(query.where(AuditEntry.id == entry_id) if entry_id else query.limit(1)).first()
