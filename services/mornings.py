"""The short line of a working morning, for who chose to hear much: own items that are due now or behind.

It has no column of its own: it is due at 09:00 of each person's zone, on his working days, and what was said on which
morning stands in a RateBucket. Late by more than two hours it is not said.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from models.conversation import RateBucket
from models.ledger import Action
from models.messages import Button, Message
from models.organization import Person
from services import announcements, audit, calendar, ledger, working_time
from services.render import label, render

AT = working_time.BEGINS
LATE_BY = timedelta(hours=2)
MOST_ITEMS = 3
"""Each has two buttons; the rest is told in a number."""


def is_due(session: Session, now: datetime) -> bool:
    return next(_waiting(session, now), None) is not None


def _waiting(session: Session, now: datetime) -> Iterator[tuple[Person, datetime]]:
    """Whose morning has come and was not dealt with yet, and when it came."""
    key = "morning:" + cast(col(Person.id), String)
    said = select(Person, RateBucket.window_at).join(RateBucket, col(RateBucket.key) == key, isouter=True)
    for person, last in session.exec(said.where(Person.active, Person.intensity == "active")).all():
        begins = calendar.instant(calendar.local_date(now, person.time_zone), AT, person.time_zone)
        if begins <= now < begins + LATE_BY and (last is None or last < begins):
            yield person, begins


def next_instant(session: Session, now: datetime) -> datetime | None:
    """The next morning of anybody (UTC)."""
    zones = session.exec(select(Person.time_zone).where(Person.active, Person.intensity == "active").distinct()).all()
    coming = (
        calendar.instant(calendar.local_date(now, zone) + timedelta(days=ahead), AT, zone)
        for zone in zones
        for ahead in (0, 1)
    )
    return min((each for each in coming if each > now), default=None)


def tell_next(session: Session, now: datetime) -> int:
    """Returns how many mornings were dealt with, whether or not there was anything to say."""
    waiting = list(_waiting(session, now))
    for person, begins in waiting:
        session.merge(RateBucket(key=f"morning:{person.id}", window_at=begins, count=1))
        if working_time.works_on(session, person, calendar.local_date(now, person.time_zone)):
            _tell(session, person, now)
    return len(waiting)


def _tell(session: Session, person: Person, now: datetime) -> None:
    today = calendar.local_date(now, person.time_zone)
    items = [
        (action, standing) for action, standing in _standings(session, person, now) if _counts(action, standing, today)
    ]
    if not items:
        return
    text = render(person.locale, "morning", items=items[:MOST_ITEMS], more=max(0, len(items) - MOST_ITEMS), today=today)
    buttons = tuple(button for action, _ in items[:MOST_ITEMS] for button in _buttons(action, person.locale))
    key = f"morning:{person.id}:{today.isoformat()}"
    due_at = working_time.awake_at(person, now)
    announcements.tell(session, now, person, Message(markup=text, buttons=buttons), key, due_at)
    audit.write(
        session, now, audit.CLOCK, "person.morning", person, new={"items": [action.number for action, _ in items]}
    )


def _standings(session: Session, person: Person, now: datetime) -> Iterator[tuple[Action, str]]:
    for action in ledger.open_of(session, person):
        yield action, ledger.standing(action, ledger.today_of(session, action.team_id, now))


def _counts(action: Action, standing: str, today: date) -> bool:
    return standing == "behind" or today <= action.due_on <= today + timedelta(days=1)


def _buttons(action: Action, locale: str) -> tuple[Button, ...]:
    done, behind = label(locale, "mark_done"), label(locale, "mark_behind")
    return (
        Button(label=f"#{action.number} {done}", action=f"v1:done:{action.number}"),
        Button(label=f"#{action.number} {behind}", action=f"v1:late:{action.number}"),
    )
