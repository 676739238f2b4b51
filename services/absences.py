"""Time off: who is away from when to when, always with an end. Away is not asked, not chased, not counted.

Absences may overlap: who is away for two reasons is away. Every change here ends in `take_effect`, so that a check-in
that is open at that moment follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from models.check_ins import Response, Round
from models.messages import Button
from models.organization import Absence, Membership, Person, Team
from services import agendas, announcements, audit, calendar, people, questions, summaries
from services.limits import NOTE_CHARACTERS
from services.render import label

AWAY = ("away", "absence")
"""State and reason of a Response whose person is off."""
UNANSWERED = ("prompted", "missed")


@dataclass(frozen=True)
class Said:
    """What was said about an absence. Both dates are local to the person away, and included."""

    start: date
    until: date
    reason: str = ""


def record(session: Session, person: Person, said: Said, now: datetime, by: Person | None = None) -> Absence:
    """`by`: who says so, if not the person himself. Raises ValueError when it would end before it starts."""
    if said.until < said.start:
        raise ValueError("an absence cannot end before it starts")
    teller = by or person
    absence = Absence(
        organization_id=person.organization_id,
        person_id=person.id,
        starts_on=said.start,
        ends_on=said.until,
        reason=said.reason[:NOTE_CHARACTERS],
        recorded_at=now,
        source="self" if teller.id == person.id else "hr" if teller.role == "hr" else "lead",
        recorded_by_id=None if teller.id == person.id else teller.id,
    )
    session.add(absence)
    session.flush()
    audit.write(session, now, teller, "absence.recorded", absence, new=_dates(absence))
    take_effect(session, person, now)
    return absence


def _dates(absence: Absence) -> dict[str, str]:
    return {"from": absence.starts_on.isoformat(), "until": absence.ends_on.isoformat()}


def end(session: Session, person: Person, today: date, now: datetime) -> bool:
    """Back at work today: every absence of today ends yesterday. Returns whether there was one."""
    ended = [absence for absence in upcoming(session, person, today) if absence.starts_on <= today]
    for absence in ended:
        _end_one(session, absence, person, today, now)
    take_effect(session, person, now)
    return bool(ended)


def _end_one(session: Session, absence: Absence, person: Person, today: date, now: datetime) -> None:
    """What a calendar said is overruled: it would only say it again."""
    old = _dates(absence)
    if absence.source == "feed" or absence.starts_on == today:
        absence.overruled_at = now
        audit.write(session, now, person, "absence.overruled", absence, old=old)
    else:
        absence.ends_on = today - timedelta(days=1)
        audit.write(session, now, person, "absence.ended", absence, old=old, new=_dates(absence))
    session.add(absence)


def upcoming(session: Session, person: Person, today: date) -> Sequence[Absence]:
    """Those that count today or later, the soonest first."""
    mine = select(Absence).where(Absence.person_id == person.id, Absence.ends_on >= today)
    standing = mine.where(col(Absence.overruled_at).is_(None))
    return session.exec(standing.order_by(col(Absence.starts_on), col(Absence.id))).all()


def by_id(session: Session, absence_id: int) -> Absence | None:
    return session.get(Absence, absence_id)


def overrule(session: Session, absence: Absence, person: Person, now: datetime) -> None:
    """He is not off, whoever or whatever said so; no later reading of his calendar changes that."""
    if absence.overruled_at is None:
        absence.overruled_at = now
        session.add(absence)
        audit.write(session, now, person, "absence.overruled", absence, old=_dates(absence))
        take_effect(session, person, now)


def narrow(session: Session, absence: Absence, team: Team | None, by: Person, now: datetime) -> None:
    """Away for that team only, or for all of them."""
    old, absence.team_id = absence.team_id, team.id if team else None
    session.add(absence)
    audit.write(session, now, by, "absence.narrowed", absence, old={"team": old}, new={"team": absence.team_id})
    take_effect(session, session.get_one(Person, absence.person_id), now)


def remove(session: Session, absence: Absence, by: Person, now: datetime) -> None:
    """It was never so. The row stays: SQLite would give its id, which buttons name, to the next one."""
    audit.write(session, now, by, "absence.removed", absence, old=_dates(absence))
    absence.overruled_at = now
    session.add(absence)
    take_effect(session, session.get_one(Person, absence.person_id), now)


def teams_asking(session: Session, person: Person) -> Sequence[Team]:
    """The teams whose check-ins this person is sent, in an order that stays."""
    asked = select(Team).join(Membership, col(Membership.team_id) == Team.id)
    asked = asked.where(Membership.person_id == person.id, Membership.asked, Team.active)
    return session.exec(asked.order_by(col(Team.id))).all()


def take_effect(session: Session, person: Person, now: datetime) -> None:
    """In the check-ins open now: who is away is asked no more, and who is not off after all is asked. His 1:1s to come
    are looked at anew."""
    session.flush()
    open_now = select(Response, Round).join(Round, col(Round.id) == Response.round_id)
    mine = open_now.where(Response.person_id == person.id, Response.prompt_at <= now, Response.close_at > now)
    for response, round_ in session.exec(mine).all():
        absence = _absence(session, response, round_, person, now)
        if absence is not None and response.state in UNANSWERED:
            response.detail = absence.ends_on.isoformat()
            _leave_alone(session, response, round_, person, now)
        elif absence is None and (response.state, response.reason) == AWAY:
            _ask_again(session, response, now)
    agendas.look_again(session, person, now)


def _absence(session: Session, response: Response, round_: Round, person: Person, now: datetime) -> Absence | None:
    """Of the day he was or is to be asked, or of today."""
    days = (calendar.local_date(moment, person.time_zone) for moment in (response.prompt_at, now))
    found = (people.absence_on(session, person.id, day, round_.team_id) for day in days)
    return next((absence for absence in found if absence is not None), None)


def _leave_alone(session: Session, response: Response, round_: Round, person: Person, now: datetime) -> None:
    old = {"state": response.state, "reason": response.reason}
    response.state, response.reason = AWAY
    response.due_step, response.due_at = "close", response.close_at
    session.add(response)
    announcements.withdraw(session, response)
    questions.close(session, person, f"{questions.CHECK_IN}{round_.check_in_id}")
    audit.write(
        session, now, audit.CLOCK, "response.away", response, old=old, new={"state": AWAY[0], "reason": AWAY[1]}
    )
    summaries.publish_again(session, response, now)


def _ask_again(session: Session, response: Response, now: datetime) -> None:
    """The clock asks at its next beat, by all its other rules."""
    response.state, response.reason, response.detail = "planned", "", ""
    response.due_step, response.due_at = "prompt", now
    session.add(response)
    summaries.publish_again(session, response, now)


def not_off_button(session: Session, absence: Absence, person: Person, now: datetime) -> tuple[Button, ...]:
    """[Not off] for the person himself; its word works typed too."""
    topic, slots = f"{questions.ASIDE}notoff:{absence.id}", {"absence_id": absence.id}
    options = [{"value": True, "key": "not_off"}]
    questions.ask(session, now, person, topic, "not_off", slots, "sure", options, takes_text=False)
    return (Button(label=label(person.locale, "not_off"), action=f"v1:notoff:{absence.id}"),)
