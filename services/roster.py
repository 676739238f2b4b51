"""What a person or a platform says about a person: language, time zone, name."""

from datetime import datetime

from sqlmodel import Session, select

from models.audit import AuditEntry
from models.organization import Identity, Person
from services import audit, calendar, layout

SETTLED = "person.settled"


def speak(session: Session, person: Person, locale: str, now: datetime) -> None:
    """The person chose a language; no list overrules that."""
    old = {"locale": person.locale}
    person.locale, person.locale_source = locale, "self"
    session.add(person)
    audit.write(session, now, person, "person.language", person, old=old, new={"locale": locale})


def prefer(session: Session, person: Person, platform: str, now: datetime) -> None:
    """The person said where to write to him; no list overrules that."""
    old = {"prefers": person.prefers}
    person.prefers, person.prefers_source = platform, "self"
    session.add(person)
    audit.write(session, now, person, "person.prefers", person, old=old, new={"prefers": platform})


def be_quiet(session: Session, person: Person, start: str | None, until: str | None, now: datetime) -> None:
    """Local "HH:MM" between which nobody asks or reminds this person; None and None: at any hour."""
    old = {"from": person.quiet_from, "until": person.quiet_until}
    person.quiet_from, person.quiet_until = start, until
    session.add(person)
    audit.write(session, now, person, "person.quiet", person, old=old, new={"from": start, "until": until})


def be_reminded(session: Session, person: Person, level: str, now: datetime) -> None:
    """How much this person wants to hear: one of INTENSITIES."""
    old = {"intensity": person.intensity}
    person.intensity = level
    session.add(person)
    audit.write(session, now, person, "person.intensity", person, old=old, new={"intensity": level})


def learn(
    session: Session, identity: Identity, name: str | None, time_zone: str | None, locale: str | None, now: datetime
) -> None:
    """What the platform knows fills in only what neither the list nor the person has said."""
    person = session.get_one(Person, identity.person_id)
    old = {"time_zone": person.time_zone, "locale": person.locale, "named": person.name}
    if name and person.name_source == "platform":
        person.name = name
    if time_zone and person.time_zone_source in ("organization", "platform"):
        person.time_zone, person.time_zone_source = calendar.zone(time_zone).key, "platform"
    if locale and person.locale_source in ("organization", "platform"):
        person.locale, person.locale_source = locale, "platform"
    new = {"time_zone": person.time_zone, "locale": person.locale, "named": person.name}
    if new != old:
        session.add(person)
        audit.write(session, now, audit.CLOCK, "person.profile", person, old=old, new=new)
        layout.renew_person(session, person, now)


def settle(session: Session, person: Person, time_zone: str, work_days: list[str], now: datetime) -> None:
    """The person said where and on which days he works; no list overrules that."""
    old = {"time_zone": person.time_zone, "work_days": person.work_days}
    person.time_zone, person.time_zone_source, person.work_days = time_zone, "self", work_days
    session.add(person)
    new = {"time_zone": time_zone, "work_days": work_days}
    audit.write(session, now, person, SETTLED, person, old=old, new=new)
    layout.renew_person(session, person, now)


def chose_work_days(session: Session, person: Person) -> bool:
    """He named them himself."""
    said = select(AuditEntry.id).where(AuditEntry.verb == SETTLED, AuditEntry.actor_id == person.id)
    return session.exec(said.limit(1)).first() is not None
