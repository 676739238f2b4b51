"""When a person works: by his own zone, work days, absences and quiet hours, so that nobody is pressed outside them."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from models.organization import Person
from services import calendar, people

BEGINS, ENDS = "09:00", "18:00"
FARTHEST_DAYS = 120


def works_on(session: Session, person: Person, on: date) -> bool:
    """A day he works, by his work days and his calendar, and he is not away."""
    return calendar.day_of(session, person, on).working and people.absence_on(session, person.id, on) is None


def is_there(session: Session, person: Person, now: datetime) -> bool:
    """Not away today."""
    return people.absence_on(session, person.id, calendar.local_date(now, person.time_zone)) is None


def awake_at(person: Person, now: datetime) -> datetime | None:
    """The end (UTC) of the person's quiet hours, if `now` lies in them."""
    if not person.quiet_from or not person.quiet_until:
        return None
    return calendar.after_quiet(now, person.time_zone, person.quiet_from, person.quiet_until)


def next_moment(session: Session, person: Person, after: datetime) -> datetime:
    """The first instant (UTC) from `after` on at which he works and is not in his quiet hours."""
    moment = after
    for _ in range(FARTHEST_DAYS):
        on = calendar.local_date(moment, person.time_zone)
        begins, ends = (calendar.instant(on, at, person.time_zone) for at in (BEGINS, ENDS))
        candidate = max(moment, begins)
        candidate = awake_at(person, candidate) or candidate
        if candidate < ends and works_on(session, person, on):
            return candidate
        moment = calendar.instant(on + timedelta(days=1), "00:00", person.time_zone)
    return after


def days_later(session: Session, person: Person, since: datetime, days: int) -> datetime:
    """The same local time after that many of his working days, and not outside his working hours (UTC)."""
    there = calendar.local(since, person.time_zone)
    on, left = there.date(), days
    for _ in range(FARTHEST_DAYS):
        if left <= 0:
            break
        on += timedelta(days=1)
        left -= works_on(session, person, on)
    return next_moment(session, person, calendar.instant(on, f"{there:%H:%M}", person.time_zone))
