"""The rhythm of a Round that is laid out: each person is prompted, reminded and closed at his own local time.

Every `*_next` claims a batch of due rows and returns how many it dealt with; the metronome calls it until it returns 0.
A row that throws is set aside for an hour and the others go on.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.check_ins import CheckIn, Response, Round
from models.organization import Membership, Person, Team
from services import announcements, answers, audit, calendar, consent, exceptions, layout, outages, people, summaries
from services.announcements import UNREACHABLE
from services.batches import BATCH, each


def prompt_next(session: Session, now: datetime) -> int:
    return each(session, now, _due("prompt", now), lambda response: _prompt(session, response, now))


def remind_next(session: Session, now: datetime) -> int:
    return each(session, now, _due("remind", now), lambda response: _remind(session, response, now))


def close_next(session: Session, now: datetime) -> int:
    return each(session, now, _due("close", now), lambda response: _close(session, response, now))


def _due(step: str, now: datetime) -> Any:
    due = select(Response).where(Response.due_step == step, col(Response.due_at) <= now)
    return due.order_by(col(Response.due_at)).limit(BATCH)


def _prompt(session: Session, response: Response, now: datetime) -> None:
    person = session.get_one(Person, response.person_id)
    if response.state != "planned":
        response.due_step, response.due_at = "close", response.close_at
        session.add(response)
        return
    why_not = _why_not_asked(session, response, person, now)
    if why_not is None:
        _ask(session, response, person, now)
    else:
        response.state, response.reason, response.detail = why_not
        response.due_step, response.due_at = "close", response.close_at
        if response.reason == outages.TOO_LATE:
            session.execute(update(Round).where(col(Round.id) == response.round_id).values(due_at=now))
    session.add(response)
    new = {"state": response.state, "reason": response.reason}
    audit.write(session, now, audit.CLOCK, f"response.{response.state}", response, new=new)


def _ask(session: Session, response: Response, person: Person, now: datetime) -> None:
    response.state, response.reason, response.detail, response.prompted_at = "prompted", "", "", now
    response.due_step, response.due_at = _after_prompt(response, now)
    announcements.prompt(session, response, person, now)
    session.add(response)


def ask_who_came_back(session: Session, person: Person, now: datetime) -> None:
    """He can be written to again: what he could not be asked he is asked now, while its window is open."""
    if people.reachable_identity(session, person) is None:
        return
    if person.consented_at is None:
        consent.greet(session, person, now)
        return
    open_now = select(Response).where(
        Response.person_id == person.id, Response.prompt_at <= now, Response.close_at > now
    )
    unreached = (Response.state == "missed") & (Response.reason == UNREACHABLE)
    rows = session.exec(open_now.where(unreached | (Response.state == "prompted")).order_by(col(Response.id))).all()
    for response in rows:
        if not announcements.was_asked(session, response):
            _ask(session, response, person, now)
            audit.write(session, now, audit.CLOCK, "response.prompted", response, new={"state": response.state})


def _why_not_asked(session: Session, response: Response, person: Person, now: datetime) -> tuple[str, str, str] | None:
    """The state, the reason and its detail; None: he is to be asked."""
    round_ = answers.round_of(session, response)
    check_in = answers.check_in_of(session, round_)
    on = calendar.local_date(response.prompt_at, person.time_zone)
    if not check_in.active:
        return "away", "ended", ""
    if check_in.paused_until and on < check_in.paused_until:
        return "away", "paused", check_in.paused_until.isoformat()
    if (absence := people.absence_on(session, person.id, on, round_.team_id)) is not None:
        return "away", "absence", absence.ends_on.isoformat()
    day = calendar.day_of(session, person, on, session.get_one(Team, round_.team_id))
    if not day.working:
        return "away", day.code, day.name
    return _out_of_reach(session, response, person, now)


def _out_of_reach(session: Session, response: Response, person: Person, now: datetime) -> tuple[str, str, str] | None:
    if now - (response.due_at or response.prompt_at) > layout.grace(response.prompt_at, response.close_at):
        return "missed", outages.TOO_LATE, ""
    if people.reachable_identity(session, person) is None:
        return "missed", UNREACHABLE, ""
    if person.consented_at is None:
        consent.greet(session, person, now)
        return "planned", consent.NO_CONSENT, ""
    if not answers.asked(session, response):
        return "away", "nothing_to_ask", ""
    return None


def _after_prompt(response: Response, now: datetime) -> tuple[str, datetime]:
    if response.remind_at is not None and response.remind_at > now:
        return "remind", response.remind_at
    return "close", response.close_at


def _remind(session: Session, response: Response, now: datetime) -> None:
    person = session.get_one(Person, response.person_id)
    still_open = response.state == "prompted" and now < response.close_at
    if (
        still_open
        and not _is_away(session, response, person, now)
        and announcements.remind(session, response, person, now)
    ):
        audit.write(session, now, audit.CLOCK, "response.reminded", response)
    response.due_step, response.due_at = _after_prompt(response, now)
    session.add(response)


def _is_away(session: Session, response: Response, person: Person, now: datetime) -> bool:
    team_id = session.get_one(Round, response.round_id).team_id
    return people.absence_on(session, person.id, calendar.local_date(now, person.time_zone), team_id) is not None


def _close(session: Session, response: Response, now: datetime) -> None:
    """The window of one person ends. Many end in the same minute: the summary waits for all that are due."""
    if response.state == "prompted":
        response.state, response.reason = "missed", "" if announcements.was_asked(session, response) else UNREACHABLE
        audit.write(session, now, audit.CLOCK, "response.missed", response, new={"state": "missed"})
        announcements.window_over(session, response, session.get_one(Person, response.person_id), now)
    elif response.state == "planned" and response.reason == consent.NO_CONSENT:
        response.state = "missed"
        audit.write(session, now, audit.CLOCK, "response.missed", response, new={"reason": response.reason})
    response.due_step, response.due_at = None, None
    session.add(response)
    session.execute(update(Round).where(col(Round.id) == response.round_id).values(due_at=now))


def publish_next(session: Session, now: datetime) -> int:
    """Post the summaries of Rounds in which windows ended, or post them anew with those people's part."""
    due = select(Round).where(col(Round.due_at) <= now).order_by(col(Round.due_at)).limit(BATCH)
    return each(session, now, due, lambda round_: _publish(session, round_, now))


def _publish(session: Session, round_: Round, now: datetime) -> None:
    if not _has_begun(session, round_, now):
        _begin(session, round_, now)
        return
    round_.due_at = None
    session.add(round_)
    outages.tell(session, round_, now)
    if _has_something_to_show(session, round_):
        summaries.publish(session, round_, now)
    if round_.closed_at is None and not _still_open(session, round_):
        _end(session, round_, now)


def _has_begun(session: Session, round_: Round, now: datetime) -> bool:
    begun = select(Response.id).where(Response.round_id == round_.id, Response.prompt_at <= now).limit(1)
    return session.exec(begun).first() is not None


def _begin(session: Session, round_: Round, now: datetime) -> None:
    """Its date begins on earth: who joined since it was laid out is invited, and the calendar is asked once more."""
    check_in, on = answers.check_in_of(session, round_), round_.on_date
    round_.due_at = None
    session.add(round_)
    layout.renew(session, check_in, now)
    for_nobody = select(Round).where(Round.check_in_id == check_in.id, Round.on_date == on, Round.not_held == "nobody")
    if (empty := session.exec(for_nobody).first()) is not None:
        empty.due_at = None
        session.add(empty)
        outages.tell_that_nobody_is_asked(session, check_in, now)


def _has_something_to_show(session: Session, round_: Round) -> bool:
    """Of a Round in which nobody could be asked there is no summary, until somebody answers after all."""
    nobodys = (Response.state == "missed") & (Response.reason == outages.TOO_LATE)
    quiet = col(Response.state).in_(("planned", "prompted", "away")) | nobodys
    said = select(Response.id).where(Response.round_id == round_.id, ~quiet).limit(1)
    return round_.posted_at is not None or session.exec(said).first() is not None


def _still_open(session: Session, round_: Round) -> bool:
    still = select(Response.id).where(Response.round_id == round_.id, col(Response.due_step).is_not(None)).limit(1)
    return session.exec(still).first() is not None


def _end(session: Session, round_: Round, now: datetime) -> None:
    round_.closed_at = now
    session.add(round_)
    exceptions.after_round(session, round_, session.get_one(Team, round_.team_id), now)
    audit.write(session, now, audit.CLOCK, "round.closed", round_)


def posts_at(session: Session, round_: Round) -> datetime:
    """When the summary is posted (UTC): at the end of the first person's window."""
    first = select(Response.close_at).where(Response.round_id == round_.id).order_by(col(Response.close_at)).limit(1)
    return session.exec(first).one()


def open_for(session: Session, person: Person, now: datetime) -> list[Response]:
    """What this person can answer now: what he was asked, oldest first; then the newest he let pass, unless something
    later of the same check-in has come; then what he will be asked next, from his own close of the Round before it.
    """
    mine = select(Response).where(Response.person_id == person.id).order_by(col(Response.prompt_at), col(Response.id))
    asked = session.exec(mine.where(Response.state == "prompted")).all()
    planned = session.exec(mine.where(Response.state == "planned")).all()
    early = [response for response in planned if not _beside(session, response, _still_runs(response, now))]
    return [*asked, *_let_pass(session, person), *early]


LET_PASS = ("missed", "skipped", "withdrawn")


def _let_pass(session: Session, person: Person) -> list[Response]:
    mine = select(Response).where(Response.person_id == person.id, col(Response.state).in_(LET_PASS))
    newest = session.exec(mine.order_by(col(Response.prompt_at).desc()).limit(1)).all()
    return [response for response in newest if not _beside(session, response, _came_later(response))]


def _still_runs(response: Response, now: datetime) -> Any:
    return (col(Response.prompt_at) < response.prompt_at) & (col(Response.close_at) > now)


def _came_later(response: Response) -> Any:
    return (col(Response.prompt_at) > response.prompt_at) & (col(Response.state) != "planned")


def _beside(session: Session, response: Response, such: Any) -> bool:
    """Whether this person has another such Response in the same check-in."""
    check_in_id = select(Round.check_in_id).where(Round.id == response.round_id).scalar_subquery()
    others = select(Response.id).join(Round, col(Response.round_id) == Round.id)
    others = others.where(Round.check_in_id == check_in_id, Response.person_id == response.person_id, such)
    return session.exec(others.limit(1)).first() is not None


def next_prompt_of(session: Session, person: Person, now: datetime) -> datetime | None:
    """When this person is asked next (UTC), as far as it can be known: of Rounds laid out, else of the rhythm."""
    planned = select(Response.prompt_at).where(Response.person_id == person.id, Response.state == "planned")
    soonest = session.exec(planned.where(Response.prompt_at > now).order_by(col(Response.prompt_at)).limit(1)).first()
    if soonest is not None:
        return soonest
    mine = select(CheckIn).join(Membership, col(Membership.team_id) == CheckIn.team_id)
    mine = mine.where(Membership.person_id == person.id, Membership.asked, CheckIn.active)
    instants = [
        calendar.instant(check_in.next_on, check_in.at, person.time_zone)
        for check_in in session.exec(mine).all()
        if check_in.next_on is not None
    ]
    return min(instants, default=None)
