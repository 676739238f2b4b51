"""A person's calendar: its secret address, when it is read next, and the absences it makes.

[Not off] wins: an overruled absence stays overruled through every later reading. Titles are never kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.db import locked_for_me
from models.messages import Delivery, Message
from models.organization import Absence, CalendarFeed, Person
from services import absences, announcements, audit, calendar, outbox, vault
from services.render import render
from services.vault import Sealer

EVERY = timedelta(hours=1)
SPREAD_SECONDS = 900
LEASE = timedelta(minutes=10)
"""Longer than one calendar is read; a process that died leaves it to the next."""
LONGEST_PAUSE = timedelta(hours=24)
TOLD_AFTER = 3
LOOKS_AHEAD = timedelta(days=90)
EVENING = "18:00"
LONGEST_ADDRESS = 2_000


class FeedError(Exception):
    """A calendar that could not be read; `code` stands in words.toml (feed_errors)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Off:
    """From when to when the calendar says that somebody is off: local dates, both included.

    `key` is the same in every reading; it is a hash, for an event's own id may name people.
    """

    key: str
    start: date
    end: date


def address_said(written: str) -> str | None:
    """The address to read, or None: https only, which `webcal` means too."""
    scheme, _, rest = written.strip().partition("://")
    address = f"https://{rest}"
    try:
        host = urlsplit(address).hostname
        urlsplit(address).port  # noqa: B018  raises where it is none
    except ValueError:
        return None
    fits = scheme.lower() in ("https", "webcal", "webcals") and host and len(address) <= LONGEST_ADDRESS
    return address if fits and address.isprintable() and " " not in address else None


def of(session: Session, person: Person) -> CalendarFeed | None:
    return session.exec(select(CalendarFeed).where(CalendarFeed.person_id == person.id)).first()


def connect(session: Session, sealer: Sealer, person: Person, address: str, now: datetime) -> CalendarFeed:
    """Read this calendar from now on; it takes the place of the one before."""
    feed = of(session, person) or CalendarFeed(
        organization_id=person.organization_id, person_id=person.id, secret_name=f"calendar:{person.id}"
    )
    feed.due_at, feed.etag, feed.failures, feed.error, feed.read_at = now, "", 0, "", None
    vault.keep(session, sealer, feed.secret_name, address)
    session.add(feed)
    session.flush()
    audit.write(session, now, person, "calendar.connected", feed)
    return feed


def disconnect(session: Session, feed: CalendarFeed, person: Person, now: datetime) -> None:
    """The address is forgotten, and so are the absences still ahead; what was before stays as it was."""
    today = calendar.local_date(now, person.time_zone)
    for absence in _absences(session, feed):
        _is_gone(session, absence, today, now)
        absence.feed_id = absence.feed_key = None
    vault.forget(session, feed.secret_name)
    audit.write(session, now, person, "calendar.disconnected", feed)
    session.flush()
    session.delete(feed)
    absences.take_effect(session, person, now)


def address(session: Session, sealer: Sealer, feed: CalendarFeed) -> str:
    """Raises WrongKey; "" where it is gone."""
    found = vault.read(session, sealer, feed.secret_name)
    return found[0] if found else ""


def host(session: Session, sealer: Sealer, feed: CalendarFeed) -> str:
    """As much of the address as may be shown."""
    return urlsplit(address(session, sealer, feed)).hostname or ""


def any_due(session: Session, now: datetime) -> bool:
    return session.exec(_due(now).limit(1)).first() is not None


def _due(now: datetime) -> SelectOfScalar[CalendarFeed]:
    of_active = select(CalendarFeed).join(Person, col(Person.id) == CalendarFeed.person_id).where(Person.active)
    return of_active.where(col(CalendarFeed.due_at) <= now).order_by(col(CalendarFeed.due_at))


def claim(session: Session, now: datetime, most: int = 5) -> list[CalendarFeed]:
    """The feeds to be read now; nobody else reads them for a while."""
    feeds = list(session.exec(locked_for_me(session, _due(now).limit(most))).all())
    for feed in feeds:
        feed.due_at = now + LEASE
        session.add(feed)
    return feeds


def window(person: Person, now: datetime) -> tuple[date, date]:
    """The local dates of which absences are read."""
    today = calendar.local_date(now, person.time_zone)
    return today - timedelta(days=1), today + LOOKS_AHEAD


def read(
    session: Session, feed: CalendarFeed, person: Person, found: Sequence[Off] | None, etag: str, now: datetime
) -> None:
    """It could be read: `found`, or None where nothing has changed since the last time."""
    feed.failures, feed.error, feed.read_at, feed.etag = 0, "", now, etag
    feed.due_at = now + EVERY + timedelta(seconds=feed.id * 37 % SPREAD_SECONDS)
    session.add(feed)
    if found is not None:
        _apply(session, feed, person, found, now)
    announce(session, feed, person, now)


def failed(session: Session, feed: CalendarFeed, person: Person, code: str, now: datetime) -> None:
    """What it said before stays; it is tried again ever more seldom, and told of once: at the third time, or at once
    where it could never be read, since its address may be wrong."""
    feed.failures, feed.error = feed.failures + 1, code
    feed.due_at = now + min(EVERY * 2 ** min(feed.failures - 1, 10), LONGEST_PAUSE)
    session.add(feed)
    if feed.failures == (TOLD_AFTER if feed.read_at else 1):
        text = render(person.locale, "calendar_failed", code=code, times=feed.failures)
        announcements.tell(session, now, person, Message(markup=text), f"calendar_failed:{feed.id}:{now:%Y%m%d%H%M}")
    announce(session, feed, person, now)


def _absences(session: Session, feed: CalendarFeed) -> Sequence[Absence]:
    return session.exec(select(Absence).where(Absence.feed_id == feed.id).order_by(col(Absence.starts_on))).all()


def upcoming(session: Session, feed: CalendarFeed, today: date) -> list[Absence]:
    """Those that count, today or later."""
    return [it for it in _absences(session, feed) if it.ends_on >= today and it.overruled_at is None]


def _apply(session: Session, feed: CalendarFeed, person: Person, found: Sequence[Off], now: datetime) -> None:
    today = calendar.local_date(now, person.time_zone)
    known = {absence.feed_key: absence for absence in _absences(session, feed)}
    for off in found:
        absence = known.pop(off.key, None)
        if absence is not None:
            _is_so(session, absence, off, now)
        elif off.end >= today:
            _is_new(session, feed, off, now)
    for absence in known.values():
        _is_gone(session, absence, today, now)
    absences.take_effect(session, person, now)


def _is_new(session: Session, feed: CalendarFeed, off: Off, now: datetime) -> None:
    absence = Absence(
        organization_id=feed.organization_id,
        person_id=feed.person_id,
        starts_on=off.start,
        ends_on=off.end,
        recorded_at=now,
        source="feed",
        feed_id=feed.id,
        feed_key=off.key,
    )
    session.add(absence)
    session.flush()
    audit.write(session, now, audit.CLOCK, "absence.from_calendar", absence, new=_dates(absence))


def _dates(absence: Absence) -> dict[str, str]:
    return {"from": absence.starts_on.isoformat(), "until": absence.ends_on.isoformat()}


def _is_so(session: Session, absence: Absence, off: Off, now: datetime) -> None:
    if (absence.starts_on, absence.ends_on) != (off.start, off.end):
        old = _dates(absence)
        absence.starts_on, absence.ends_on = off.start, off.end
        session.add(absence)
        audit.write(session, now, audit.CLOCK, "absence.moved", absence, old=old, new=_dates(absence))


def _is_gone(session: Session, absence: Absence, today: date, now: datetime) -> None:
    """The calendar says so no more: what lies ahead ends, what was stays. Should it say so again, that is news."""
    if absence.ends_on < today or absence.overruled_at is not None:
        return
    outbox.take_back(session, col(Delivery.dedupe_key) == _key(absence))
    old = _dates(absence)
    if absence.starts_on >= today:
        audit.write(session, now, audit.CLOCK, "absence.removed", absence, old=old)
        absence.overruled_at, absence.feed_key = now, None
    else:
        absence.ends_on = today - timedelta(days=1)
        audit.write(session, now, audit.CLOCK, "absence.ended", absence, old=old, new=_dates(absence))
    session.add(absence)


def announce(session: Session, feed: CalendarFeed, person: Person, now: datetime) -> None:
    """The evening before, or as soon as it is seen: his calendar makes him away, and he can say that he is not."""
    today = calendar.local_date(now, person.time_zone)
    for absence in upcoming(session, feed, today):
        soon = absence.starts_on <= today + timedelta(days=1)
        if soon and _is_news(session, absence) and _would_work(session, person, absence):
            _tell(session, absence, person, now)


def _key(absence: Absence) -> str:
    return f"calendar_off:{absence.id}"


def _is_news(session: Session, absence: Absence) -> bool:
    return outbox.by_key(session, _key(absence)) is None


def _would_work(session: Session, person: Person, absence: Absence) -> bool:
    """On one of its days, or of the first seven."""
    length = (absence.ends_on - absence.starts_on).days + 1
    days = (absence.starts_on + timedelta(days=n) for n in range(min(length, 7)))
    return any(calendar.day_of(session, person, day).working for day in days)


def _tell(session: Session, absence: Absence, person: Person, now: datetime) -> None:
    at = max(now, calendar.instant(absence.starts_on - timedelta(days=1), EVENING, person.time_zone))
    quiet_from, quiet_until = person.quiet_from, person.quiet_until
    if quiet_from and quiet_until:
        at = calendar.after_quiet(at, person.time_zone, quiet_from, quiet_until) or at
    text = render(person.locale, "calendar_makes_away", start=absence.starts_on, until=absence.ends_on)
    message = Message(markup=text, buttons=absences.not_off_button(session, absence, person, at))
    announcements.tell(session, now, person, message, _key(absence), due_at=at)
