"""How long everything is kept: one list, which `privacy` shows and the clock keeps to.

Once a day and organization, in batches. What is open is never touched, and what is already gone costs nothing: a run
that is repeated changes nothing. Each run is audited with its counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, or_, select

from models.audit import AuditEntry
from models.check_ins import AnonymousAnswer, Answer, Response, Round
from models.connection import Invitation
from models.messages import Delivery, Message, Receipt
from models.organization import Absence, Organization
from services import audit
from services.batches import each

BATCH = 500
DAILY = timedelta(days=1)
PRIVATE_FILES = ("mydata:", "forgotten:")
"""Keys of messages that hold everything about a person: blanked an hour after they were sent."""
PRIVATE_FOR = timedelta(hours=1)
BLANK: dict[str, Any] = Message(markup="\u2026").model_dump(mode="json")
BLANKED = "blanked"
OPEN = ("pending", "sending", "kept")
Prune = Callable[[Session, int, datetime], int]


@dataclass(frozen=True)
class Kept:
    """One kind of data. `days`: how long by default, None as long as the person is there; an organization may set
    anything from `least` to `most`. `prune` deletes what is older than an instant (UTC), at most a batch; returns how
    many rows it changed."""

    key: str
    days: int | None = None
    least: int = 0
    most: int = 0
    prune: Prune | None = None


def _blank_receipts(session: Session, organization_id: int, before: datetime) -> int:
    """The event key stays, so that a redelivery is known. What waits or is kept for `replay` is open."""
    old = select(Receipt.id).where(
        or_(Receipt.organization_id == organization_id, col(Receipt.organization_id).is_(None)),
        Receipt.received_at < before, col(Receipt.state).not_in(("waiting", "failed")), Receipt.raw != "",
    )  # fmt: skip
    ids = session.exec(old.order_by(col(Receipt.id)).limit(BATCH)).all()
    session.execute(update(Receipt).where(col(Receipt.id).in_(ids)).values(raw="", incoming={}))
    return len(ids)


def _blank_deliveries(session: Session, organization_id: int, before: datetime) -> int:
    """What was sent and reads as it does stays on the platform; of its words nothing stays here."""
    old = select(Delivery).where(Delivery.organization_id == organization_id, Delivery.created_at < before)
    old = old.where(col(Delivery.state).not_in(OPEN), Delivery.error != BLANKED)
    rows = session.exec(old.order_by(col(Delivery.id)).limit(BATCH)).all()
    for row in rows:
        _blank(session, row)
    return len(rows)


def _blank(session: Session, delivery: Delivery) -> None:
    """A picture stays one, for a platform changes the words under it another way; nobody is shown in it."""
    picture = delivery.message.get("picture")
    delivery.message, delivery.error = {**BLANK, "picture": picture}, BLANKED
    if delivery.dedupe_key.startswith("forgotten:"):
        delivery.place_id = ""
    session.add(delivery)


def _delete_answers(session: Session, organization_id: int, before: datetime) -> int:
    """Of Rounds that are over: that somebody answered stays, what he answered goes."""
    over = select(Round.id).where(Round.organization_id == organization_id, col(Round.closed_at) < before)
    named = select(Answer.id).join(Response).where(col(Response.round_id).in_(over)).limit(BATCH)
    unnamed = select(AnonymousAnswer.id).where(col(AnonymousAnswer.round_id).in_(over)).limit(BATCH)
    count = _delete(session, Answer, session.exec(named).all())
    return count + _delete(session, AnonymousAnswer, session.exec(unnamed).all())


def _delete_absences(session: Session, organization_id: int, before: datetime) -> int:
    old = select(Absence.id).where(Absence.organization_id == organization_id, Absence.ends_on < before.date())
    return _delete(session, Absence, session.exec(old.limit(BATCH)).all())


def _delete_codes(session: Session, organization_id: int, before: datetime) -> int:
    """Used or expired, and nobody will ask about it any more."""
    old = select(Invitation.id).where(Invitation.organization_id == organization_id, Invitation.expires_at < before)
    return _delete(session, Invitation, session.exec(old.limit(BATCH)).all())


def _delete_audit(session: Session, organization_id: int, before: datetime) -> int:
    old = select(AuditEntry.id).where(AuditEntry.organization_id == organization_id, AuditEntry.at < before)
    return _delete(session, AuditEntry, session.exec(old.limit(BATCH)).all())


def _delete(session: Session, table: Any, ids: Any) -> int:
    session.execute(delete(table).where(col(table.id).in_(ids)))
    return len(ids)


EVERYTHING: tuple[Kept, ...] = (
    Kept("account"),
    Kept("raw", 30, 1, 90, _blank_receipts),
    Kept("messages", 90, 7, 365, _blank_deliveries),
    Kept("answers", 730, 30, 3650, _delete_answers),
    Kept("items"),
    Kept("notes"),
    Kept("reflections"),
    Kept("thanks"),
    Kept("absences", 365, 30, 1825, _delete_absences),
    Kept("codes", 30, 1, 90, _delete_codes),
    Kept("audit", 1825, 365, 3650, _delete_audit),
)


def days_of(kept: Kept, overrides: Mapping[str, int]) -> int | None:
    """How long an organization keeps that kind."""
    return overrides.get(kept.key, kept.days)


def check(overrides: dict[str, int]) -> dict[str, int]:
    """Raises ValueError that names what may be said."""
    limits = {kept.key: kept for kept in EVERYTHING if kept.days is not None}
    for key, days in overrides.items():
        if key not in limits:
            raise ValueError(f"{key!r} is none of {', '.join(limits)}")
        if not limits[key].least <= days <= limits[key].most:
            raise ValueError(f"{key} may be kept from {limits[key].least} to {limits[key].most} days, not {days}")
    return overrides


def prune_next(session: Session, now: datetime) -> int:
    """A batch of everything that was kept long enough; called again until nothing is left for today."""
    due = select(Organization).where(col(Organization.prune_due_at) <= now).order_by(col(Organization.id)).limit(1)
    return each(session, now, due, lambda organization: _prune(session, organization, now), "prune_due_at")


def _prune(session: Session, organization: Organization, now: datetime) -> None:
    counts = {"private": _blank_private(session, organization.id, now)}
    for kept in EVERYTHING:
        days = days_of(kept, organization.retention)
        if kept.prune is not None and days is not None:
            counts[kept.key] = kept.prune(session, organization.id, now - timedelta(days=days))
    done = {key: count for key, count in counts.items() if count}
    if done:
        audit.write(session, now, audit.CLOCK, "data.pruned", organization, new=done)
    if max(counts.values()) < BATCH:
        organization.prune_due_at = _next(session, organization.id, now)
    session.add(organization)


def _private(organization_id: int) -> Any:
    prefixes = or_(*(col(Delivery.dedupe_key).startswith(prefix) for prefix in PRIVATE_FILES))
    return select(Delivery).where(Delivery.organization_id == organization_id, prefixes, Delivery.error != BLANKED)


def _blank_private(session: Session, organization_id: int, now: datetime) -> int:
    never = col(Delivery.sent_at).is_(None) & col(Delivery.state).not_in(OPEN)
    over = or_(never, col(Delivery.sent_at) <= now - PRIVATE_FOR)
    rows = session.exec(_private(organization_id).where(over).limit(BATCH)).all()
    for row in rows:
        _blank(session, row)
    return len(rows)


def _next(session: Session, organization_id: int, now: datetime) -> datetime:
    """Tomorrow; within the hour where a private file is still to be blanked."""
    waiting = session.exec(_private(organization_id).limit(1)).first() is not None
    return now + (PRIVATE_FOR if waiting else DAILY)


def soon(session: Session, organization: Organization, now: datetime) -> None:
    """A private file was promised: look again in an hour."""
    at = now + PRIVATE_FOR
    if organization.prune_due_at is None or organization.prune_due_at > at:
        organization.prune_due_at = at
        session.add(organization)
