"""Time off: one record per absence, always with an end. Away is not asked, not chased, not counted."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from models.organization import Absence, Person
from services import audit, people
from services.limits import NOTE_CHARACTERS


def record(session: Session, person: Person, start: date, until: date, reason: str, now: datetime) -> Absence:
    """Both dates are local to the person and included. Raises ValueError when it would end before it starts."""
    if until < start:
        raise ValueError("an absence cannot end before it starts")
    absence = Absence(
        organization_id=person.organization_id,
        person_id=person.id,
        starts_on=start,
        ends_on=until,
        reason=reason[:NOTE_CHARACTERS],
        recorded_at=now,
    )
    session.add(absence)
    session.flush()
    new = {"from": start.isoformat(), "until": until.isoformat()}
    audit.write(session, now, person, "absence.recorded", absence, new=new)
    return absence


def end(session: Session, person: Person, today: date, now: datetime) -> bool:
    """Back at work today: the absence ends yesterday. Returns whether there was one."""
    absence = people.absence_on(session, person.id, today)
    if absence is None:
        return False
    old = {"until": absence.ends_on.isoformat()}
    if absence.starts_on == today:
        remove(session, absence, person, now)
        return True
    absence.ends_on = today - timedelta(days=1)
    session.add(absence)
    audit.write(session, now, person, "absence.ended", absence, old=old, new={"until": absence.ends_on.isoformat()})
    return True


def remove(session: Session, absence: Absence, person: Person, now: datetime) -> None:
    old = {"from": absence.starts_on.isoformat(), "until": absence.ends_on.isoformat()}
    audit.write(session, now, person, "absence.removed", absence, old=old)
    session.delete(absence)
