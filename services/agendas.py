"""What two people are to talk about, sent to both a day before; and the record, asked for two hours after the start.

Nobody is written to in his quiet hours, on a day off or while he is away: what falls there comes before it, or when he
is back. A talk on such a day of either of the two is asked to be moved.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.coaching import VISIBILITIES, AgendaItem, CoachingNote, OneOnOne
from models.ledger import Action, Blocker
from models.messages import Button, Message
from models.organization import CAN_EDIT, LOCALES, Person
from services import announcements, audit, batches, calendar, ledger, offers, one_on_ones, outbox, people, permissions
from services.limits import QUIET_HOURS
from services.render import label, render

BEFORE_QUIET = timedelta(minutes=30)
RECORD_WORTH = timedelta(days=3)
"""Later than that nobody is asked to remember a talk."""
MOST_BUTTONS = 10
SECTIONS = ("behind", "blockers", "follow_ups", "points")
Line = dict[str, Any]


# --- what


def collect(session: Session, talk: OneOnOne, reader: Person, now: datetime) -> dict[str, Any]:
    """The facts of the template "agenda", as this one of the two may read them; `points` are numbered through."""
    sections = _sections(session, talk, now)
    lines = [line for name in SECTIONS for line in sections[name]]
    for number, line in enumerate((line for line in lines if line["point"]), start=1):
        line["number"] = number
    return {
        "name": one_on_ones.other_of(session, talk, reader).name,
        "next_at": talk.next_at if talk.next_at and talk.next_at > now else None,
        "time_zone": reader.time_zone,
        "sections": [(name, sections[name]) for name in SECTIONS if sections[name]],
        "private": _private(session, talk) if reader.id == talk.coach_id else [],
    }


def numbered(session: Session, talk: OneOnOne, now: datetime) -> list[AgendaItem]:
    """The open points in the order of their numbers."""
    sections = _sections(session, talk, now)
    return [line["point"] for name in SECTIONS for line in sections[name] if line["point"]]


def _sections(session: Session, talk: OneOnOne, now: datetime) -> dict[str, list[Line]]:
    """What the person does in a team the coach does not see is not told to him."""
    sections: dict[str, list[Line]] = {name: [] for name in SECTIONS}
    points = one_on_ones.open_points(session, talk)
    agreed = set(session.exec(_notes(talk).with_only_columns(col(CoachingNote.agreed))).all())
    for point in points:
        line = _line(session, now, point, point.action_id, point.blocker_id)
        sections[_section(line, point, agreed)].append(line)
    coach, person = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
    told = {point.action_id for point in points}
    for action in ledger.open_of(session, person):
        line = _line(session, now, None, action.id, None)
        theirs = permissions.sees_team(session, coach, action.team_id)
        if line["standing"] == "behind" and action.id not in told and theirs:
            sections["behind"].append(line)
    told = {point.blocker_id for point in points}
    open_ones = select(Blocker).where(Blocker.person_id == person.id, Blocker.state != "resolved")
    for blocker in session.exec(open_ones.order_by(col(Blocker.raised_at))).all():
        if blocker.id not in told and permissions.sees_blocker(session, coach, blocker):
            sections["blockers"].append(_line(session, now, None, None, blocker.id))
    return sections


def _line(
    session: Session, now: datetime, point: AgendaItem | None, action_id: int | None, blocker_id: int | None
) -> Line:
    action = session.get_one(Action, action_id) if action_id else None
    return {
        "number": None,
        "point": point,
        "by": session.get_one(Person, point.added_by_id).name if point else "",
        "action": action,
        "standing": ledger.standing(action, ledger.today_of(session, action.team_id, now)) if action else "",
        "blocker": session.get_one(Blocker, blocker_id) if blocker_id else None,
    }


def _section(line: Line, point: AgendaItem, agreed: set[str]) -> str:
    if line["standing"] == "behind":
        return "behind"
    if line["blocker"]:
        return "blockers"
    return "follow_ups" if line["action"] or point.text in agreed else "points"


def _notes(talk: OneOnOne) -> Any:
    return select(CoachingNote).where(
        CoachingNote.coach_id == talk.coach_id, CoachingNote.person_id == talk.person_id, CoachingNote.agreed != ""
    )


def _private(session: Session, talk: OneOnOne) -> list[str]:
    """What the coach resolved for himself in his newest note that only he sees, until an item made of it is done."""
    newest = _notes(talk).where(CoachingNote.visibility == "me").order_by(col(CoachingNote.id).desc()).limit(1)
    note = session.exec(newest).first()
    if note is None:
        return []
    ended = select(Action.id).where(Action.coaching_note_id == note.id, col(Action.state).in_(("done", "dropped")))
    return [] if session.exec(ended).first() else [note.agreed]


# --- when


def step_next(session: Session, now: datetime) -> int:
    due = select(OneOnOne).where(col(OneOnOne.due_at) <= now).order_by(col(OneOnOne.due_at)).limit(batches.BATCH)
    return batches.each(session, now, due, lambda talk: _step(session, talk, now))


def _step(session: Session, talk: OneOnOne, now: datetime) -> None:
    if talk.next_at is None or not one_on_ones.goes_on(session, talk):
        coach, person = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
        one_on_ones.end_with(session, coach, person, now)
        _wait(session, talk, talk.due_step, None)
    elif talk.due_step == "agenda" and talk.next_at > now:
        _prepare(session, talk, now)
    elif now < talk.next_at + one_on_ones.RECORD_AFTER:
        _wait(session, talk, "record", talk.next_at + one_on_ones.RECORD_AFTER)
    else:
        _record(session, talk, now)


def _wait(session: Session, talk: OneOnOne, step: str | None, at: datetime | None) -> None:
    talk.due_step, talk.due_at = step, at
    session.add(talk)


def _prepare(session: Session, talk: OneOnOne, now: datetime) -> None:
    """Each of the two at his own hour; where one of them is off that day, the one who is there is asked to move it."""
    assert talk.next_at is not None
    both = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
    off = one_on_ones.off_then(session, *both, talk.next_at)
    due = []
    for one in (_who_moves(session, talk, both, now),) if off else both:
        at = delivery_at(session, one, talk.next_at, now)
        if outbox.by_key(session, _key(talk, one, bool(off))) is not None or at is None:
            continue
        if at > now:
            due.append(at)
        elif off:
            _ask_to_move(session, talk, one, off, now)
        else:
            send(session, talk, one, now)
    if due:
        _wait(session, talk, "agenda", min(due))
    else:
        _wait(session, talk, "record", talk.next_at + one_on_ones.RECORD_AFTER)


def _key(talk: OneOnOne, reader: Person, off: bool = False) -> str:
    return f"{'move' if off else 'agenda'}:{talk.id}:{talk.next_at:%Y%m%d%H%M}:{reader.id}"


def send(session: Session, talk: OneOnOne, reader: Person, now: datetime) -> None:
    """Once for each talk and reader."""
    announcements.tell(session, now, reader, message(session, talk, reader, now), _key(talk, reader))


def message(session: Session, talk: OneOnOne, reader: Person, now: datetime) -> Message:
    """The agenda with a button for each open point; its words can be typed too, and its number alone while nothing else
    is asked."""
    points = list(enumerate(numbered(session, talk, now)[:MOST_BUTTONS], start=1))
    words = [label(locale, "talked_about") for locale in LOCALES]
    options = [
        {"value": point.id, "text": text}
        for number, point in points
        for text in (str(number), *(f"{word} {number}" for word in words))
    ]
    offers.offer(session, now, reader, f"agenda:{talk.id}", "agenda", {}, "point_id", options)
    word = label(reader.locale, "talked_about")
    buttons = tuple(Button(label=f"{word} {number}", action=f"v1:talked:{point.id}") for number, point in points)
    return Message(markup=render(reader.locale, "agenda", **collect(session, talk, reader, now)), buttons=buttons)


def refresh(session: Session, talk: OneOnOne, now: datetime) -> None:
    """Who has the agenda of the coming talk already sees in it what changed."""
    for reader_id in (talk.coach_id, talk.person_id) if talk.next_at else ():
        reader = session.get_one(Person, reader_id)
        sent = outbox.by_key(session, _key(talk, reader))
        if sent is not None and sent.platform in CAN_EDIT:
            announcements.change(session, now, _key(talk, reader), message(session, talk, reader, now))


def keep(session: Session, talk: OneOnOne, now: datetime) -> None:
    """The two talk although one of them is off that day: both get the agenda, outside their quiet hours."""
    for reader_id in (talk.coach_id, talk.person_id):
        reader = session.get_one(Person, reader_id)
        address = outbox.address_of(session, reader)
        if address is not None:
            due_at = calendar.after_quiet(now, reader.time_zone, *quiet_hours(reader))
            text = message(session, talk, reader, now)
            outbox.post(session, now, address, text, _key(talk, reader), due_at=due_at, expires_at=talk.next_at)


def _who_moves(session: Session, talk: OneOnOne, both: tuple[Person, Person], now: datetime) -> Person:
    """The coach, or the other if the coach is not there before the talk."""
    assert talk.next_at is not None
    coach, person = both
    return coach if delivery_at(session, coach, talk.next_at, now) is not None else person


def _ask_to_move(session: Session, talk: OneOnOne, asked: Person, off: list[Person], now: datetime) -> None:
    slots = {"talk_id": talk.id}
    options = offers.keys(another_time="move", skip_this_one="skip", keep_it="keep")
    buttons = offers.offer(session, now, asked, f"talk:{talk.id}", "meet", slots, "decision", options)
    text = render(
        asked.locale,
        "talk_on_a_day_off",
        name=one_on_ones.other_of(session, talk, asked).name,
        at=talk.next_at,
        time_zone=asked.time_zone,
        off=[one.name for one in off if one.id != asked.id],
    )
    announcements.tell(session, now, asked, Message(markup=text, buttons=buttons), _key(talk, asked, off=True))


def look_again(session: Session, person: Person, now: datetime) -> None:
    """His days off changed: his talks to come are looked at anew, now."""
    his = (col(OneOnOne.coach_id) == person.id) | (col(OneOnOne.person_id) == person.id)
    for talk in session.exec(select(OneOnOne).where(his, col(OneOnOne.next_at) > now)).all():
        _wait(session, talk, "agenda", now)


def delivery_at(session: Session, person: Person, talk_at: datetime, now: datetime) -> datetime | None:
    """When he is to read of a talk (UTC): a day before, or what lies before that of his waking and working hours; if it
    is too late for that, as soon as he is there. None: not before the talk."""
    at = talk_at - one_on_ones.AGENDA_BEFORE
    start, until = quiet_hours(person)
    if calendar.after_quiet(at, person.time_zone, start, until):
        at = _last(at, person, start) - BEFORE_QUIET
    for _ in range(10):
        if _works(session, person, at):
            break
        at = calendar.instant(_day(person, at) - timedelta(days=1), _wall(person, at), person.time_zone)
    at = when_there(session, person, max(at, now))
    return at if at < talk_at else None


def quiet_hours(person: Person) -> tuple[str, str]:
    return (person.quiet_from, person.quiet_until) if person.quiet_from and person.quiet_until else QUIET_HOURS


def _last(at: datetime, person: Person, wall: str) -> datetime:
    """The last instant at or before this one at which his clock showed that time."""
    day = _day(person, at)
    today = calendar.instant(day, wall, person.time_zone)
    return today if today <= at else calendar.instant(day - timedelta(days=1), wall, person.time_zone)


def _day(person: Person, at: datetime) -> date:
    return calendar.local_date(at, person.time_zone)


def _wall(person: Person, at: datetime) -> str:
    return f"{calendar.local(at, person.time_zone):%H:%M}"


def _works(session: Session, person: Person, at: datetime) -> bool:
    """A working day of his, were he not away: what comes while he is away waits for him."""
    away = people.absence_on(session, person.id, _day(person, at)) is not None
    return away or not one_on_ones.is_off(session, person, at)


def when_there(session: Session, person: Person, at: datetime) -> datetime:
    """The first instant from this one on at which he works and wants to hear; a year of absence is the end of it."""
    start, until = quiet_hours(person)
    for _ in range(400):
        quiet_ends = calendar.after_quiet(at, person.time_zone, start, until)
        if quiet_ends is not None:
            at = quiet_ends
        elif one_on_ones.is_off(session, person, at):
            at = calendar.instant(_day(person, at) + timedelta(days=1), until, person.time_zone)
        else:
            break
    return at


# --- the record


def _record(session: Session, talk: OneOnOne, now: datetime) -> None:
    """Asked once, of the coach, if he wrote nothing about that person; not about a day on which one of them was off."""
    assert talk.next_at is not None
    coach, person = session.get_one(Person, talk.coach_id), session.get_one(Person, talk.person_id)
    took_place = not one_on_ones.off_then(session, coach, person, talk.next_at)
    if took_place and one_on_ones.record_of(session, talk) is None:
        at = when_there(session, coach, now)
        if now < at < talk.next_at + RECORD_WORTH:
            _wait(session, talk, "record", at)
            return
        if at == now < talk.next_at + RECORD_WORTH:
            _ask_for_the_record(session, talk, coach, person, now)
    one_on_ones.advance(session, talk, now)


def _ask_for_the_record(session: Session, talk: OneOnOne, coach: Person, person: Person, now: datetime) -> None:
    """Visibility first: choosing it begins the note."""
    options = offers.keys(**{word: word for word in VISIBILITIES})
    slots = {"who": [f"id:{person.id}"]}
    buttons = offers.offer(session, now, coach, f"coach:{person.id}", "coach", slots, "visibility", options)
    text = render(coach.locale, "ask_record", name=person.name, at=talk.next_at, time_zone=coach.time_zone)
    key = f"record:{talk.id}:{talk.next_at:%Y%m%d%H%M}"
    announcements.tell(session, now, coach, Message(markup=text, buttons=buttons), key)
    audit.write(session, now, audit.CLOCK, "one_on_one.record_asked", talk)
