"""Who owns the organization: at least one, better two, and a way back for the operator when nobody is left."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.organization import Organization, Person
from services import audit

NAMED, ENDED = "owner.named", "owner.ended"


class LastOwnerError(Exception):
    """Refused: an organization without an owner can no longer be set up by anybody."""


def owners_of(session: Session, organization_id: int) -> Sequence[Person]:
    ours = select(Person).where(Person.organization_id == organization_id, Person.role == "owner", Person.active)
    return session.exec(ours.order_by(col(Person.id))).all()


def is_last(session: Session, person: Person) -> bool:
    """Whether nobody else owns the organization: such a person can neither leave, be removed nor be forgotten."""
    return [owner.id for owner in owners_of(session, person.organization_id)] == [person.id]


def name(session: Session, person: Person, by: Person | str, now: datetime) -> AuditEntry | None:
    """Make somebody an owner; None when he is one already. `by` is a Person or audit.OPERATOR."""
    if person.role == "owner" and person.active:
        return None
    old = {"role": person.role}
    person.role, person.active = "owner", True
    session.add(person)
    session.flush()
    return _flushed(session, audit.write(session, now, by, NAMED, person, old=old, new={"role": "owner"}))


def end(session: Session, person: Person, by: Person, now: datetime, role: str = "member") -> AuditEntry:
    """Somebody is an owner no longer. Raises LastOwnerError."""
    if is_last(session, person):
        raise LastOwnerError(person.name)
    person.role = role
    session.add(person)
    session.flush()
    return _flushed(session, audit.write(session, now, by, ENDED, person, old={"role": "owner"}, new={"role": role}))


def _flushed(session: Session, entry: AuditEntry) -> AuditEntry:
    session.flush()
    return entry


def named_in_chat(session: Session, person: Person) -> bool:
    """He is an owner because of a person's word or the operator's, and not because a programme file says so."""
    said = select(AuditEntry.verb).where(AuditEntry.subject == "person", AuditEntry.subject_id == person.id)
    newest = said.where(col(AuditEntry.verb).in_((NAMED, ENDED))).order_by(col(AuditEntry.id).desc()).limit(1)
    return person.role == "owner" and session.exec(newest).first() == NAMED


def found(session: Session, name_: str, time_zone: str, locale: str, owner: str, now: datetime) -> Person:
    """The first organization of an installation with its first owner. Raises ValueError when one stands already."""
    if session.exec(select(Organization.id).limit(1)).first() is not None:
        raise ValueError("there is an organization already; `python -m bot owner NAME --new` adds an owner to it")
    organization = Organization(name=name_, time_zone=time_zone, locale=locale)
    session.add(organization)
    session.flush()
    audit.write(session, now, audit.OPERATOR, "organization.founded", organization, new={"name": name_})
    return added(session, organization, owner, now)


def added(session: Session, organization: Organization, written: str, now: datetime) -> Person:
    """A new person, and an owner."""
    person = Person(
        organization_id=organization.id,
        name=written,
        time_zone=organization.time_zone,
        locale=organization.locale,
        work_days=["mo", "tu", "we", "th", "fr"],
        source="chat",
    )
    session.add(person)
    session.flush()
    name(session, person, audit.OPERATOR, now)
    return person
