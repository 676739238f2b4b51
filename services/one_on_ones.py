"""The talks of a lead with one person: when the next is, and the open points of the two, which roll over until closed.

The coach's wall clock decides: a rhythm names his dates, `at` his local time.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.coaching import AgendaItem, CoachingNote, OneOnOne
from models.db import insert_new
from models.ledger import Action, Blocker
from models.messages import Message
from models.organization import WEEKDAYS, Person
from services import announcements, audit, calendar, people, permissions
from services.limits import NOTE_CHARACTERS
from services.render import render
from services.working_time import awake_at

AGENDA_BEFORE = timedelta(hours=24)
RECORD_AFTER = timedelta(hours=2)
WRITTEN_FROM = timedelta(hours=1)
"""A note written from so long before a talk on is the record of it."""
USUAL_AT = "10:00"
"""When two talk who never agreed on an hour."""
RHYTHMS = {"once": "", "weekly": "FREQ=WEEKLY", "fortnightly": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY"}


def of_two(session: Session, coach: Person, person: Person) -> OneOnOne | None:
    query = select(OneOnOne).where(OneOnOne.coach_id == coach.id, OneOnOne.person_id == person.id)
    return session.exec(query).first()


def between(session: Session, one: Person, other: Person) -> OneOnOne | None:
    """The talks of these two, whoever of them coaches; those that `one` leads come first."""
    return of_two(session, one, other) or of_two(session, other, one)


def made(session: Session, coach: Person, person: Person) -> OneOnOne:
    """The row of the two, made if there is none: nothing is planned by that."""
    row = {"organization_id": coach.organization_id, "coach_id": coach.id, "person_id": person.id}
    insert_new(session, OneOnOne, [{**row, "rhythm": "", "at": ""}])
    return session.exec(select(OneOnOne).filter_by(coach_id=coach.id, person_id=person.id)).one()


def by_id(session: Session, talk_id: int, person: Person) -> OneOnOne | None:
    """None for somebody who is neither of the two, as for one that does not exist."""
    talk = session.get(OneOnOne, talk_id)
    return talk if talk is not None and person.id in (talk.coach_id, talk.person_id) else None


def other_of(session: Session, talk: OneOnOne, person: Person) -> Person:
    return session.get_one(Person, talk.person_id if person.id == talk.coach_id else talk.coach_id)


def goes_on(session: Session, talk: OneOnOne) -> bool:
    """Both are still here, and the one may coach the other."""
    coach, person = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
    return coach.active and person.active and permissions.coaches(session, coach, person)


# --- points


def add_point(
    session: Session,
    talk: OneOnOne,
    by: Person,
    now: datetime,
    text: str = "",
    action_id: int | None = None,
    blocker_id: int | None = None,
) -> AgendaItem | None:
    """None when the same item or blocker is an open point already."""
    about: dict[str, Any] = {"action_id": action_id, "blocker_id": blocker_id}
    if any(about.values()) and session.exec(_open(talk).filter_by(**about)).first() is not None:
        return None
    point = AgendaItem(
        organization_id=talk.organization_id,
        one_on_one_id=talk.id,
        added_by_id=by.id,
        added_at=now,
        text=text.strip()[:NOTE_CHARACTERS],
        **about,
    )
    session.add(point)
    session.flush()
    audit.write(session, now, by, "agenda.added", point, new={"action": action_id, "blocker": blocker_id})
    return point


def add_behind(session: Session, coach: Person, actions: Sequence[Action], now: datetime) -> list[Person]:
    """Each item becomes a point of the coach's next talk with its owner. Returns the owners, by name, with whom no
    talk is planned yet: their points wait for the next. Whom he may not coach is left out."""
    unplanned: dict[int, Person] = {}
    for action in actions:
        owner = session.get_one(Person, action.owner_id)
        if not permissions.coaches(session, coach, owner):
            continue
        talk = made(session, coach, owner)
        add_point(session, talk, coach, now, action_id=action.id)
        if talk.next_at is None:
            unplanned[owner.id] = owner
    return sorted(unplanned.values(), key=lambda person: person.name)


def open_points(session: Session, talk: OneOnOne) -> list[AgendaItem]:
    """Oldest first; a point about an item that is done, or a blocker that is resolved, has closed itself."""
    points = session.exec(_open(talk).order_by(col(AgendaItem.id))).all()
    return [point for point in points if not _settled(session, point)]


def _open(talk: OneOnOne) -> Any:
    return select(AgendaItem).where(AgendaItem.one_on_one_id == talk.id, col(AgendaItem.closed_at).is_(None))


def _settled(session: Session, point: AgendaItem) -> bool:
    if point.action_id is not None:
        return session.get_one(Action, point.action_id).state in ("done", "dropped")
    return point.blocker_id is not None and session.get_one(Blocker, point.blocker_id).state == "resolved"


def close_point(session: Session, point: AgendaItem, by: Person, now: datetime, verb: str = "agenda.closed") -> None:
    """`verb`: "agenda.talked" when one of the two says it was talked about, which he may take back."""
    point.closed_at = now
    session.add(point)
    audit.write(session, now, by, verb, point)


def reopen_point(session: Session, point: AgendaItem, by: Person, now: datetime) -> None:
    point.closed_at = None
    session.add(point)
    audit.write(session, now, by, "agenda.reopened", point)


def point_of(session: Session, point_id: int, person: Person) -> AgendaItem | None:
    """An open point of this person's talks."""
    point = session.get(AgendaItem, point_id)
    if point is None or point.closed_at is not None or by_id(session, point.one_on_one_id, person) is None:
        return None
    return point


# --- when


def plan(session: Session, talk: OneOnOne, at: datetime, rhythm: str | None, by: Person, now: datetime) -> None:
    """The next talk is at that instant (UTC). `rhythm`: a key of RHYTHMS, or None to keep what it was (this one is
    moved). `talk`: the row of the two, from `made`. Whoever calls it tells both, with `tell`."""
    old = _standing(talk)
    coach = session.get_one(Person, talk.coach_id)
    local = calendar.local(at, coach.time_zone)
    if rhythm is not None:
        talk.rhythm, talk.at = rule(rhythm, local.date()), f"{local:%H:%M}"
    talk.next_at = at
    wait_for(talk, now)
    session.add(talk)
    audit.write(session, now, by, "one_on_one.planned", talk, old=old, new=_standing(talk))


def rule(rhythm: str, first: date) -> str:
    """The RRULE that begins with that date. Monthly is the same weekday of the month: the third Thursday; from the
    29th on the last, since not every month has a fifth."""
    if rhythm == "once":
        return ""
    weekday = WEEKDAYS[first.weekday()].upper()
    if rhythm == "monthly":
        place = -1 if first.day > 28 else (first.day - 1) // 7 + 1
        return f"{RHYTHMS[rhythm]};BYDAY={place}{weekday}"
    return f"{RHYTHMS[rhythm]};BYDAY={weekday}"


def wait_for(talk: OneOnOne, now: datetime) -> None:
    """The clock looks at it now, and decides what is to be said when."""
    talk.due_step, talk.due_at = ("agenda", now) if talk.next_at else (None, None)


def end(session: Session, talk: OneOnOne, by: Person | str, now: datetime) -> None:
    """No more talks are planned; the open points stay."""
    old = _standing(talk)
    talk.rhythm, talk.at, talk.next_at, talk.due_step, talk.due_at = "", "", None, None, None
    session.add(talk)
    audit.write(session, now, by, "one_on_one.ended", talk, old=old)


def skip(session: Session, talk: OneOnOne, by: Person, now: datetime) -> None:
    """Not this one: the next of the rhythm is what lies ahead, if there is any."""
    assert talk.next_at is not None
    old = _standing(talk)
    zone = session.get_one(Person, talk.coach_id).time_zone
    talk.next_at = following(talk.rhythm, talk.at, zone, talk.next_at, max(now, talk.next_at))
    wait_for(talk, now)
    session.add(talk)
    audit.write(session, now, by, "one_on_one.planned", talk, old=old, new=_standing(talk))


def end_with(session: Session, coach: Person, person: Person, now: datetime) -> None:
    """These two talk no more: who is still here is told, if a talk was planned. The open points stay."""
    talk = of_two(session, coach, person)
    if talk is None or talk.next_at is None:
        return
    at = talk.next_at
    end(session, talk, audit.CLOCK, now)
    for one in (coach, person):
        if one.active:
            tell(session, talk, one, now, f"ended:{talk.id}:{at:%Y%m%d%H%M}", was=at)


def facts(session: Session, talk: OneOnOne, reader: Person, was: datetime | None = None) -> dict[str, Any]:
    """The values of the template "talk_told". `off`: the names of those who are off on that day; `was`: when the talk
    was to be that is none now."""
    other = other_of(session, talk, reader)
    off = [one.name for one in off_then(session, other, reader, talk.next_at)] if talk.next_at else []
    rhythm = rhythm_name(talk.rhythm)
    return {
        "name": other.name, "at": talk.next_at, "time_zone": reader.time_zone, "rhythm": rhythm, "was": was, "off": off
    }  # fmt: skip


def tell(
    session: Session, talk: OneOnOne, reader: Person, now: datetime, key: str, was: datetime | None = None
) -> None:
    """How it stands with the talks of the two, to one of them; once under that key, and not in his quiet hours."""
    text = render(reader.locale, "talk_told", **facts(session, talk, reader, was))
    due_at = awake_at(reader, now)
    announcements.tell(session, now, reader, Message(markup=text), f"{key}:{reader.id}", due_at=due_at)


def end_all(session: Session, person: Person, now: datetime) -> None:
    """Somebody left."""
    his = (col(OneOnOne.coach_id) == person.id) | (col(OneOnOne.person_id) == person.id)
    for talk in session.exec(select(OneOnOne).where(his, col(OneOnOne.next_at).is_not(None))).all():
        end_with(session, session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id), now)


def restore(session: Session, talk: OneOnOne, old: dict[str, Any], by: Person, now: datetime) -> None:
    """As it stood before; a time that has passed meanwhile goes on to the next of its rhythm."""
    before = _standing(talk)
    talk.rhythm, talk.at = old["rhythm"], old["at"]
    talk.next_at = datetime.fromisoformat(old["next_at"]) if old["next_at"] else None
    if talk.next_at is not None and talk.next_at <= now:
        advance(session, talk, now)
    wait_for(talk, now)
    session.add(talk)
    audit.write(session, now, by, "one_on_one.restored", talk, old=before, new=_standing(talk))


def stands_so(talk: OneOnOne, new: dict[str, Any]) -> bool:
    """Whether nothing has changed since an audit entry told `new` of it, which is empty of one that ended."""
    at = datetime.fromisoformat(new["next_at"]) if new.get("next_at") else None
    return (talk.rhythm, talk.at, talk.next_at) == (new.get("rhythm", ""), new.get("at", ""), at)


def _standing(talk: OneOnOne) -> dict[str, Any]:
    return {"rhythm": talk.rhythm, "at": talk.at, "next_at": talk.next_at.isoformat() if talk.next_at else None}


def advance(session: Session, talk: OneOnOne, now: datetime) -> None:
    """To the first date of the rhythm that is still ahead, at the coach's wall time; without a rhythm to none."""
    assert talk.next_at is not None
    zone = session.get_one(Person, talk.coach_id).time_zone
    talk.next_at = following(talk.rhythm, talk.at, zone, talk.next_at, now)
    wait_for(talk, now)
    session.add(talk)


def following(rhythm: str, at: str, zone: str, last: datetime, now: datetime) -> datetime | None:
    """Pure: the talk after `last` (UTC) that lies after now, or None.

    One that was moved to another day stands for the one of the rhythm nearby: the next is half a rhythm away at least.
    """
    day: date | None = calendar.local_date(last, zone)
    while rhythm and day is not None:
        day = calendar.next_occurrence(rhythm, day, day + timedelta(days=_half(rhythm)))
        if day is not None and calendar.instant(day, at, zone) > now:
            return calendar.instant(day, at, zone)
    return None


def _half(rhythm: str) -> int:
    """Half the days between two talks, rounded down."""
    return 14 if "MONTHLY" in rhythm else 7 if "INTERVAL=2" in rhythm else 3


def in_days(session: Session, talk: OneOnOne, days: int, now: datetime) -> datetime:
    """So many days on at the usual hour of the two, or the next day on which both work."""
    coach, person = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
    day = calendar.local_date(now, coach.time_zone) + timedelta(days=days)
    candidates = [calendar.instant(day + timedelta(days=n), talk.at or USUAL_AT, coach.time_zone) for n in range(14)]
    both = (at for at in candidates if not off_then(session, coach, person, at))
    return next(both, candidates[0])


def at_the_usual_hour(session: Session, talk: OneOnOne, day: date) -> datetime:
    """That day (the coach's) at the hour the two have, or at which anybody talks."""
    return calendar.instant(day, talk.at or USUAL_AT, session.get_one(Person, talk.coach_id).time_zone)


def rhythm_name(rhythm: str) -> str:
    """The key into RHYTHMS of an RRULE made by `rule`; "" for a single talk."""
    if not rhythm:
        return ""
    return "monthly" if "MONTHLY" in rhythm else "fortnightly" if "INTERVAL=2" in rhythm else "weekly"


def is_off(session: Session, person: Person, at: datetime, other: Person | None = None) -> bool:
    """Whether that instant lies on a day on which he is away or does not work: his own days, holidays, company days.

    Away for one team only counts if he shares no other team with `other`.
    """
    on = calendar.local_date(at, person.time_zone)
    if people.absence_on(session, person.id, on) is not None or not calendar.day_of(session, person, on).working:
        return True
    shared = people.shared_teams(session, person, other) if other else []
    return bool(shared) and all(people.absence_on(session, person.id, on, team.id) for team in shared)


def off_then(session: Session, one: Person, other: Person, at: datetime) -> list[Person]:
    """Who of the two is off on the day of that instant."""
    return [each for each, with_ in ((one, other), (other, one)) if is_off(session, each, at, with_)]


def next_of(session: Session, person: Person, now: datetime) -> list[tuple[datetime, Person]]:
    """This person's talks to come, with the other of the two, soonest first."""
    his = (col(OneOnOne.coach_id) == person.id) | (col(OneOnOne.person_id) == person.id)
    talks = session.exec(select(OneOnOne).where(his, col(OneOnOne.next_at) > now).order_by(col(OneOnOne.next_at)))
    return [(talk.next_at, other_of(session, talk, person)) for talk in talks.all() if talk.next_at is not None]


def record_of(session: Session, talk: OneOnOne) -> CoachingNote | None:
    """The newest note the coach wrote about the person since shortly before this talk."""
    assert talk.next_at is not None
    since = talk.next_at - WRITTEN_FROM
    written = select(CoachingNote).where(
        CoachingNote.coach_id == talk.coach_id, CoachingNote.person_id == talk.person_id,
        col(CoachingNote.written_at) >= since,
    )  # fmt: skip
    return session.exec(written.order_by(col(CoachingNote.id).desc())).first()
