"""Both sides: who answered is owed a reaction, and a lead who gave none within the team's days is asked, once a Round.

A reaction is a coaching note to the person, thanks to him, a move of his item, taking on his blocker, or [Seen, thank
you]. Days are the lead's working days: a lead who is away is asked when he is back.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Response, Round
from models.coaching import CoachingNote
from models.ledger import Action, ActionUpdate, Blocker
from models.messages import Button, Message
from models.organization import Person, Team
from models.recognition import Honoured, Recognition
from services import announcements, answers, audit, batches, people, working_time
from services.render import label, render


def plan(session: Session, round_: Round, now: datetime) -> None:
    """The Round ended: if anybody answered, the leads' days begin."""
    leads = people.members_of(session, round_.team_id, "lead")
    if round_.anonymous or not leads or not _answered(session, round_):
        return
    days = session.get_one(Team, round_.team_id).react_within_days
    round_.react_due_at = min(working_time.days_later(session, lead, now, days) for lead in leads)
    session.add(round_)


def _answered(session: Session, round_: Round) -> Sequence[tuple[Response, Person]]:
    """Those who answered and whom no lead has answered yet."""
    rows = session.exec(
        select(Response, Person)
        .join(Person, col(Response.person_id) == Person.id)
        .where(Response.round_id == round_.id, col(Response.state).in_(ANSWERED), col(Response.reacted_at).is_(None))
        .order_by(Person.name)
    ).all()
    return [(row[0], row[1]) for row in rows]


def ask_next(session: Session, now: datetime) -> int:
    """Ask the leads of the Rounds whose days are over."""
    due = select(Round).where(col(Round.react_due_at) <= now).order_by(col(Round.react_due_at)).limit(batches.BATCH)
    return batches.each(session, now, due, lambda round_: _ask(session, round_, now), "react_due_at")


def _ask(session: Session, round_: Round, now: datetime) -> None:
    leads = people.members_of(session, round_.team_id, "lead")
    _note_reactions(session, round_, leads, now)
    here = [lead for lead in leads if working_time.is_there(session, lead, now)]
    waiting = _answered(session, round_)
    round_.react_due_at = None
    session.add(round_)
    if not waiting or not leads:
        return
    if not here:
        back_at = min(working_time.next_moment(session, lead, now) for lead in leads)
        round_.react_due_at = back_at if back_at > now else None
        return
    for lead in here:
        rows = [row for row in waiting if row[1].id != lead.id]
        if rows:
            due_at = working_time.next_moment(session, lead, now)
            announcements.tell(session, now, lead, _message(session, round_, rows, lead), _key(round_, lead), due_at)
    new = {"people": [person.id for _, person in waiting], "leads": [lead.id for lead in here]}
    audit.write(session, now, audit.CLOCK, "round.reaction_asked", round_, new=new)


def _key(round_: Round, lead: Person) -> str:
    return f"react:{round_.id}:{lead.id}"


def _message(
    session: Session, round_: Round, rows: Sequence[tuple[Response, Person]], lead: Person, seen_by: str = ""
) -> Message:
    text = render(
        lead.locale,
        "react",
        check_in=answers.check_in_of(session, round_).name,
        on=round_.on_date,
        answered=[(person.name, _first_words(session, response)) for response, person in rows],
        seen_by=seen_by,
    )
    note_to = rows[0][1].id if len(rows) == 1 else 0
    buttons = (
        Button(label=label(lead.locale, "seen"), action=f"v1:seen:{round_.id}", style="primary"),
        Button(label=label(lead.locale, "write_note"), action=f"v1:note_to:{note_to}"),
    )
    return Message(markup=text, buttons=() if seen_by else buttons)


def _first_words(session: Session, response: Response) -> str:
    given = answers.answers_of(session, response)
    return given[0].text if given else ""


def _note_reactions(session: Session, round_: Round, leads: Sequence[Person], now: datetime) -> None:
    """What a lead did for somebody who answered, since he answered, counts."""
    for response, person in _answered(session, round_):
        since = response.submitted_at or response.close_at
        by = next((lead for lead in leads if lead.id != person.id and _reacted(session, lead, person, since)), None)
        if by is not None:
            response.reacted_at, response.reacted_by_id = now, by.id
            session.add(response)
    session.flush()


def _reacted(session: Session, lead: Person, person: Person, since: datetime) -> bool:
    note = select(CoachingNote.id).where(
        CoachingNote.coach_id == lead.id, CoachingNote.person_id == person.id, CoachingNote.written_at >= since
    )
    thanks = select(Recognition.id).join(Honoured).where(
        Honoured.person_id == person.id, Recognition.giver_id == lead.id, Recognition.given_at >= since
    )  # fmt: skip
    move = select(ActionUpdate.id).join(Action).where(
        Action.owner_id == person.id, ActionUpdate.person_id == lead.id, ActionUpdate.at >= since
    )  # fmt: skip
    taken = col(Blocker.acknowledged_by_id) == lead.id, col(Blocker.acknowledged_at) >= since
    solved = col(Blocker.resolved_by_id) == lead.id, col(Blocker.resolved_at) >= since
    blocker = select(Blocker.id).where(Blocker.person_id == person.id, (taken[0] & taken[1]) | (solved[0] & solved[1]))
    return any(session.exec(query.limit(1)).first() is not None for query in (note, thanks, move, blocker))


def waiting_round(session: Session, team_ids: Sequence[int], lead: Person) -> Round | None:
    """The newest Round of these teams, but of an anonymous one, in which somebody's answer waits for a reaction."""
    waiting = (
        select(Round)
        .join(Response)
        .where(col(Round.team_id).in_(team_ids), ~col(Round.anonymous), Response.person_id != lead.id)
        .where(col(Response.state).in_(ANSWERED), col(Response.reacted_at).is_(None))
    )
    return session.exec(waiting.order_by(col(Round.id).desc())).first()


def seen(session: Session, round_: Round, lead: Person, now: datetime) -> list[str]:
    """The lead has read them: everybody who answered hears so, once per Round, but not who wants to hear little.

    Returns their names; empty: somebody has reacted to all of them before.
    """
    if round_.anonymous:
        return []
    session.refresh(round_, with_for_update=True)
    rows = [row for row in _answered(session, round_) if row[1].id != lead.id]
    for response, person in rows:
        response.reacted_at, response.reacted_by_id = now, lead.id
        session.add(response)
        if person.intensity != "light":
            check_in = answers.check_in_of(session, round_).name
            text = render(person.locale, "seen_by_lead", lead=lead.name, check_in=check_in)
            due_at = working_time.awake_at(person, now)
            announcements.tell(session, now, person, Message(markup=text), f"seen:{response.id}", due_at)
    if rows:
        round_.react_due_at = None
        session.add(round_)
        audit.write(session, now, lead, "round.seen", round_, new={"people": [person.id for _, person in rows]})
        session.flush()
        _show(session, round_, rows, lead, now)
    return [person.name for _, person in rows]


def _show(session: Session, round_: Round, rows: Sequence[tuple[Response, Person]], by: Person, now: datetime) -> None:
    """The other leads see that it is done."""
    for lead in people.members_of(session, round_.team_id, "lead"):
        message = _message(session, round_, rows, lead, by.name)
        announcements.change(session, now, _key(round_, lead), message)
