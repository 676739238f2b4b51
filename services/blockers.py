"""Blockers: a thing in the way, `B3` in chat. It is raised, acknowledged, resolved; acknowledged stops all nudges.

Asked for help is the named helper, else the team's leads, else the stewards. While nobody acknowledges, those asked are
reminded once after a day, and it is carried one step up (helper -> leads -> stewards) once, after the team's number of
working days; where everybody asked is away, at once. Nobody is reminded outside his working hours.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update as sql_update
from sqlmodel import Session, col, func, select

from models.audit import AuditEntry
from models.check_ins import Response, Round
from models.ledger import Action, Blocker
from models.messages import Delivery
from models.organization import Organization, Person, Team
from services import (
    announcements,
    audit,
    batches,
    blocker_words,
    outbox,
    people,
    question_kinds,
    working_time,
)
from services.limits import NOTE_CHARACTERS
from services.people import stewards_of
from services.working_time import awake_at

LARGEST_NUMBER = 2**31 - 1
REMIND_AFTER = timedelta(days=1)


def by_number(session: Session, organization_id: int, number: int) -> Blocker | None:
    if number > LARGEST_NUMBER:
        return None
    ours = select(Blocker).where(Blocker.organization_id == organization_id, Blocker.number == number)
    return session.exec(ours).first()


def open_of_teams(session: Session, team_ids: Collection[int]) -> Sequence[Blocker]:
    """What is in the way in these teams, the oldest first."""
    ours = select(Blocker).where(col(Blocker.team_id).in_(team_ids), Blocker.state != "resolved")
    return session.exec(ours.order_by(col(Blocker.raised_at), col(Blocker.id))).all()


def is_for_all(session: Session, blocker: Blocker) -> bool:
    """Not what was answered for the lead's eyes alone, nor what the person took back."""
    said = session.get(Response, blocker.response_id) if blocker.response_id else None
    return said is None or (said.audience == "team" and said.state != "withdrawn")


def open_near(session: Session, person: Person, team_ids: Collection[int]) -> Sequence[Blocker]:
    """Raised by this person, or his to help with; and all of those teams; the oldest first."""
    near = (col(Blocker.person_id) == person.id) | (col(Blocker.helper_id) == person.id)
    near = near | col(Blocker.team_id).in_(team_ids)
    return session.exec(
        select(Blocker).where(Blocker.state != "resolved", near).order_by(col(Blocker.raised_at), col(Blocker.id))
    ).all()


def open_of_action(session: Session, action: Action) -> Blocker | None:
    of_it = select(Blocker).where(Blocker.action_id == action.id, Blocker.state != "resolved")
    return session.exec(of_it.order_by(col(Blocker.id).desc())).first()


def raise_(
    session: Session,
    team_id: int,
    person: Person,
    text: str,
    now: datetime,
    *,
    action: Action | None = None,
    response: Response | None = None,
    helper: Person | None = None,
    by: Person | None = None,
) -> Blocker:
    """Write down what is in the way of this person, and ask for help. `by`: who said so, if not the person himself.

    What is already in the way of the action stays one blocker: it takes the new words and the helper.
    """
    known = open_of_action(session, action) if action else None
    if known is not None:
        return _again(session, known, by or person, text, helper, now)
    blocker = Blocker(
        organization_id=person.organization_id,
        team_id=team_id,
        number=_next_number(session, person.organization_id),
        text=text.strip()[:NOTE_CHARACTERS],
        person_id=person.id,
        action_id=action.id if action else None,
        response_id=response.id if response else None,
        helper_id=helper.id if helper else None,
        raised_at=now,
    )
    session.add(blocker)
    session.flush()
    new = {"number": blocker.number, "action": blocker.action_id, "helper": blocker.helper_id}
    audit.write(session, now, by or person, "blocker.raised", blocker, new=new)
    _ask(session, blocker, now, but=by)
    return blocker


def _again(session: Session, blocker: Blocker, by: Person, text: str, helper: Person | None, now: datetime) -> Blocker:
    if text.strip() and text.strip() != blocker.text:
        blocker.last_note = text.strip()[:NOTE_CHARACTERS]
    if helper is not None and helper.id != blocker.helper_id:
        blocker.helper_id, blocker.state, blocker.acknowledged_at = helper.id, "raised", None
        new = {"helper": helper.id}
        audit.write(session, now, by, "blocker.helper", blocker, new=new)
        _ask(session, blocker, now, but=by)
    session.add(blocker)
    _show(session, blocker, now)
    return blocker


def _next_number(session: Session, organization_id: int) -> int:
    taken = session.execute(
        sql_update(Organization)
        .where(col(Organization.id) == organization_id)
        .values(next_blocker=Organization.next_blocker + 1)
        .returning(col(Organization.next_blocker))
    ).scalar_one()
    return int(taken) - 1


def raise_from_answer(session: Session, response: Response, person: Person, text: str, now: datetime) -> Blocker | None:
    """The answer to a question about what is in the way. Empty, or words for nothing: None, and what this response
    raised before is resolved. Said again in other words it stays one blocker. Of an anonymous Round nothing is kept."""
    round_ = session.get_one(Round, response.round_id)
    if round_.anonymous:
        return None
    of_it = select(Blocker).where(Blocker.response_id == response.id, Blocker.state != "resolved")
    known = session.exec(of_it.order_by(col(Blocker.id).desc())).first()
    if not text.strip() or question_kinds.is_no_blocker(text):
        if known is not None:
            resolve(session, known, person, "", now, "blocker.ended")
        return None
    if known is None:
        return raise_(session, round_.team_id, person, text, now, response=response)
    if known.text != text.strip():
        known.text = text.strip()[:NOTE_CHARACTERS]
        session.add(known)
        audit.write(session, now, person, "blocker.reworded", known)
        _show(session, known, now)
    return known


def withdraw_of(session: Session, response: Response, person: Person, now: datetime) -> None:
    """The answer was taken back; what somebody took on already stays his."""
    raised = select(Blocker).where(Blocker.response_id == response.id, Blocker.state == "raised")
    for blocker in session.exec(raised).all():
        resolve(session, blocker, person, "", now, "blocker.withdrawn")


def of_action(
    session: Session, action: Action, person: Person, old_state: str, note: str, now: datetime, *, undoing: bool = False
) -> None:
    """An action became blocked, or is so no more: its blocker follows. `undoing`: what stood before stands again."""
    known = open_of_action(session, action)
    if action.state == "blocked" and known is None:
        ended = _ended_with(session, action) if undoing else None
        if ended is not None:
            reopen(session, ended, person, "acknowledged" if ended.acknowledged_at else "raised", now)
            return
        owner = session.get_one(Person, action.owner_id)
        raise_(session, action.team_id, owner, note, now, action=action, by=person)
    elif known is not None and action.state == "blocked":
        _again(session, known, person, note, None, now)
    elif known is not None and (old_state == "blocked" or action.state in ("done", "dropped")):
        resolve(session, known, person, note, now, "blocker.ended")


def _ended_with(session: Session, action: Action) -> Blocker | None:
    of_it = select(Blocker).where(Blocker.action_id == action.id).order_by(col(Blocker.id).desc())
    return session.exec(of_it).first()


# --- who is asked


def raiser_of(session: Session, blocker: Blocker) -> Person:
    return session.get_one(Person, blocker.person_id)


def asked(session: Session, blocker: Blocker) -> list[Person]:
    """Whose help is wanted: the first step of the ladder on which anybody stands."""
    return next(iter(_ladder(session, blocker)), [])


def _ladder(session: Session, blocker: Blocker) -> list[list[Person]]:
    """Helper, leads, stewards: each person once, on his lowest step, and never the one who raised it."""
    helper = session.get(Person, blocker.helper_id) if blocker.helper_id else None
    steps = [
        [helper] if helper is not None and helper.active else [],
        people.members_of(session, blocker.team_id, "lead"),
        stewards_of(session, blocker.organization_id),
    ]
    seen, ladder = {blocker.person_id}, []
    for step in steps:
        fresh = [person for person in step if person.id not in seen]
        seen |= {person.id for person in fresh}
        ladder.append(fresh)
    if helper is not None and any(lead.id == helper.id for lead in steps[1]):
        ladder[1] = []  # from a lead it goes to the stewards
    return [step for step in ladder if step]


def _ask(session: Session, blocker: Blocker, now: datetime, but: Person | None) -> None:
    """Tell those asked, and set when the clock looks at it again. Who wrote it down himself knows."""
    helpers = asked(session, blocker)
    for person in helpers:
        if but is None or person.id != but.id:
            message = blocker_words.card(session, blocker, person, now)
            key = f"blocker:{blocker.id}:asked:{person.id}"
            announcements.tell(session, now, person, message, key, awake_at(person, now))
    blocker.due_at = _looks_again(session, blocker, helpers, now)
    session.add(blocker)
    if helpers and not any(working_time.is_there(session, person, now) for person in helpers):
        _escalate(session, blocker, now)


# --- the clock


def look_next(session: Session, now: datetime) -> int:
    """Blockers nobody acknowledged: those asked are reminded once, then it is carried up once, then never again."""
    due = select(Blocker).where(col(Blocker.due_at) <= now).order_by(col(Blocker.due_at)).limit(batches.BATCH)
    return batches.each(session, now, due, lambda blocker: _look(session, blocker, now))


def _look(session: Session, blocker: Blocker, now: datetime) -> None:
    helpers = asked(session, blocker)
    if blocker.state != "raised" or blocker.escalated_at is not None or not helpers:
        blocker.due_at = None
        session.add(blocker)
    elif now >= _escalates_at(session, blocker, helpers):
        _escalate(session, blocker, now)
    else:
        if now >= _reminds_at(session, blocker, helpers):
            _remind(session, blocker, helpers, now)
        blocker.due_at = _looks_again(session, blocker, helpers, now)
        session.add(blocker)


def _looks_again(session: Session, blocker: Blocker, helpers: Sequence[Person], now: datetime) -> datetime | None:
    if not helpers or blocker.escalated_at is not None:
        return None
    reminds_at = _reminds_at(session, blocker, helpers)
    escalates_at = _escalates_at(session, blocker, helpers)
    return min((each for each in (reminds_at, escalates_at) if each > now), default=None)


def _reminds_at(session: Session, blocker: Blocker, helpers: Sequence[Person]) -> datetime:
    a_day_on = blocker.raised_at + REMIND_AFTER
    return min(working_time.next_moment(session, person, a_day_on) for person in helpers)


def _escalates_at(session: Session, blocker: Blocker, helpers: Sequence[Person]) -> datetime:
    days = session.get_one(Team, blocker.team_id).escalate_after_days
    return min(working_time.days_later(session, person, blocker.raised_at, days) for person in helpers)


def _remind(session: Session, blocker: Blocker, helpers: Sequence[Person], now: datetime) -> None:
    """Each once, at his own next working moment, if it is still wanted then."""
    fresh = [p for p in helpers if outbox.by_key(session, f"blocker:{blocker.id}:remind:{p.id}") is None]
    for person in fresh:
        message = blocker_words.card(session, blocker, person, now, "remind")
        due_at = working_time.next_moment(session, person, now)
        announcements.tell(session, now, person, message, f"blocker:{blocker.id}:remind:{person.id}", due_at)
    if fresh:
        audit.write(session, now, audit.CLOCK, "blocker.reminded", blocker)


def _escalate(session: Session, blocker: Blocker, now: datetime) -> None:
    """One step up, once; where there is no step, it stays where it is."""
    above = _ladder(session, blocker)[1:2]
    blocker.due_at = None
    session.add(blocker)
    if not above:
        return
    blocker.escalated_at = now
    for person in above[0]:
        message = blocker_words.card(session, blocker, person, now, "escalated")
        due_at = working_time.next_moment(session, person, now)
        announcements.tell(session, now, person, message, f"blocker:{blocker.id}:up:{person.id}", due_at)
    audit.write(session, now, audit.CLOCK, "blocker.escalated", blocker, new={"to": [person.id for person in above[0]]})
    names = ", ".join(person.name for person in above[0])
    _tell_step(session, blocker, raiser_of(session, blocker), "escalated", names, now)


# --- moving it


def acknowledge(session: Session, blocker: Blocker, person: Person, now: datetime) -> bool:
    """Somebody takes it on: nobody is reminded any more. False: it was so already, or is resolved."""
    session.refresh(blocker, with_for_update=True)
    if blocker.state != "raised":
        return False
    _acknowledge(session, blocker, person, now)
    audit.write(session, now, person, "blocker.acknowledged", blocker, old={"state": "raised"})
    _changed(session, blocker, person, "acknowledged", now)
    return True


def _acknowledge(session: Session, blocker: Blocker, person: Person, now: datetime) -> None:
    blocker.state, blocker.acknowledged_at, blocker.acknowledged_by_id = "acknowledged", now, person.id
    blocker.due_at = None
    session.add(blocker)


def note(session: Session, blocker: Blocker, person: Person, text: str, now: datetime) -> None:
    """News about it. From anybody but the raiser it says that he takes care of it, too."""
    session.refresh(blocker, with_for_update=True)
    old = blocker.state
    blocker.last_note = text.strip()[:NOTE_CHARACTERS]
    if old == "raised" and person.id != blocker.person_id:
        _acknowledge(session, blocker, person, now)
    session.add(blocker)
    audit.write(session, now, person, "blocker.noted", blocker, old={"state": old}, new={"state": blocker.state})
    _changed(session, blocker, person, "noted", now)


def resolve(
    session: Session, blocker: Blocker, person: Person, text: str, now: datetime, verb: str = "blocker.resolved"
) -> bool:
    """It is out of the way. False: it was so already."""
    session.refresh(blocker, with_for_update=True)
    if blocker.state == "resolved":
        return False
    old, blocker.state, blocker.due_at = blocker.state, "resolved", None
    blocker.resolved_at, blocker.resolved_by_id = now, person.id
    blocker.last_note = text.strip()[:NOTE_CHARACTERS] or blocker.last_note
    session.add(blocker)
    audit.write(session, now, person, verb, blocker, old={"state": old}, new={"state": "resolved"})
    _changed(session, blocker, person, "resolved", now)
    return True


def reopen(session: Session, blocker: Blocker, person: Person, state: str, now: datetime) -> None:
    """What moved it was taken back: it stands as before."""
    session.refresh(blocker, with_for_update=True)
    old, blocker.state = blocker.state, state
    blocker.resolved_at = blocker.resolved_by_id = None
    if state == "raised":
        blocker.acknowledged_at = blocker.acknowledged_by_id = None
        blocker.due_at = _looks_again(session, blocker, asked(session, blocker), now)
    session.add(blocker)
    audit.write(session, now, person, "blocker.reopened", blocker, old={"state": old}, new={"state": state})
    _changed(session, blocker, person, "reopened", now)


def take_back_note(session: Session, blocker: Blocker, person: Person, state: str, now: datetime) -> None:
    blocker.last_note = ""
    reopen(session, blocker, person, state, now)


def _changed(session: Session, blocker: Blocker, person: Person, step: str, now: datetime) -> None:
    """What was to remind does so no more; every card of it reads anew, and the other side hears of the step."""
    session.flush()
    if blocker.state != "raised":
        outbox.take_back(session, col(Delivery.dedupe_key).startswith(f"blocker:{blocker.id}:remind:"))
    if blocker.state == "resolved":
        outbox.take_back(session, col(Delivery.dedupe_key).startswith(f"blocker:{blocker.id}:"))
    _show(session, blocker, now)
    listeners = {blocker.person_id, blocker.acknowledged_by_id} - {person.id, None}
    for person_id in sorted(each for each in listeners if each is not None):
        _tell_step(session, blocker, session.get_one(Person, person_id), step, person.name, now)


def _show(session: Session, blocker: Blocker, now: datetime) -> None:
    """Who was asked sees how it stands now, in the message he has, where it can be changed."""
    for person in (person for step in _ladder(session, blocker) for person in step):
        message = blocker_words.card(session, blocker, person, now)
        for kind in ("asked", "up"):
            announcements.change(session, now, f"blocker:{blocker.id}:{kind}:{person.id}", message)


def _tell_step(session: Session, blocker: Blocker, person: Person, step: str, who: str, now: datetime) -> None:
    """Every step has an audit entry, which numbers it."""
    session.flush()
    of_it = (AuditEntry.subject == Blocker.__tablename__, AuditEntry.subject_id == blocker.id)
    number = session.exec(select(func.count()).select_from(AuditEntry).where(*of_it)).one()
    message = blocker_words.step(blocker, person, step, who)
    key = f"blocker:{blocker.id}:step{number}:{person.id}"
    announcements.tell(session, now, person, message, key, awake_at(person, now))
