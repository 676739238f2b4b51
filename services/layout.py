"""Laying out: an occasion of a check-in becomes a Round, with every person's own instants, as soon as one may answer.

That is when the window of the Round before it ends for the first person, or its date begins on earth, or the check-in
is new. What is laid out follows every change until somebody was asked or answered.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from models.check_ins import Answer, CheckIn, Response, Round
from models.conversation import OpenQuestion
from models.db import insert_new
from models.organization import Membership, Person, Team
from services import answers, audit, calendar, occasions, questions
from services.batches import BATCH, each
from services.limits import LATE_PROMPT_GRACE
from services.occasions import Occasion

HORIZON = timedelta(days=31)
"""How far ahead occasions that are not held are written down."""


def plan_next(session: Session, now: datetime) -> int:
    """Lay out the Rounds whose time has come."""
    due = select(CheckIn).where(col(CheckIn.due_at) <= now, CheckIn.active).order_by(col(CheckIn.due_at)).limit(BATCH)
    return each(session, now, due, lambda check_in: _plan(session, check_in, now))


def _plan(session: Session, check_in: CheckIn, now: datetime) -> None:
    """The calendar is read anew: the day may have become a day off since it was looked up."""
    assert check_in.next_for is not None
    assert check_in.due_at is not None
    since = check_in.due_at
    held = _point(session, check_in, check_in.next_for - timedelta(days=1), now, since)
    if held is None or check_in.due_at is None or check_in.due_at > now:
        return
    _open(session, check_in, held, now, since)
    _point(session, check_in, held.for_, now, since)


def catch_up(session: Session, check_in: CheckIn, now: datetime) -> None:
    """Before a check-in is changed: what should be laid out by now is, as it was."""
    while check_in.active and check_in.due_at is not None and check_in.due_at <= now:
        _plan(session, check_in, now)


def _open(session: Session, check_in: CheckIn, held: Occasion, now: datetime, since: datetime) -> None:
    """Who could no longer be asked when it should have been laid out (`since`) is not part of it."""
    values = {
        "organization_id": check_in.organization_id, "check_in_id": check_in.id, "team_id": check_in.team_id,
        "on_date": held.on, "questions": answers.questions_of_day(session, check_in, held.on),
        "anonymous": check_in.anonymous, "opened_at": now,
        "detail": held.detail, "due_at": _date_begins(held.on, now),
    }  # fmt: skip
    insert_new(session, Round, [values])
    opened = session.exec(select(Round).where(Round.check_in_id == check_in.id, Round.on_date == held.on)).one()
    invite(session, check_in, opened, since)
    audit.write(session, now, audit.CLOCK, "round.opened", opened, new={"on": opened.on_date.isoformat()})


def _date_begins(on: date, now: datetime) -> datetime | None:
    """When its date begins on earth a Round is looked at once more; None when that is past."""
    begins = calendar.begins_on_earth(on)
    return begins if begins > now else None


def _point(
    session: Session, check_in: CheckIn, after: date, now: datetime, since: datetime, not_before: date = date.min
) -> Occasion | None:
    """Let the check-in point to its next held occasion later than `after`, and write down those not held before it.

    `since`: when its Round may be laid out if there was none before it. Returns the occasion.
    """
    held = _next_held(session, check_in, after, now, not_before)
    check_in.next_for, check_in.next_on = (held.for_, held.on) if held else (None, None)
    check_in.due_at = _laid_out_at(session, check_in, held, since) if held else None
    session.add(check_in)
    session.flush()
    return None if held is None or held.not_held else held


def _next_held(
    session: Session, check_in: CheckIn, after: date, now: datetime, not_before: date = date.min
) -> Occasion | None:
    """The first that is held, not on a day before that one; where none is for long, the first beyond the horizon."""
    today = _today(session, check_in, now)
    for occasion in occasions.coming(session, check_in, after, max(today, not_before)):
        if occasion.on < not_before:
            continue
        if occasion.not_held and occasion.on > today + HORIZON:
            return occasion
        if occasion.not_held:
            _write_down(session, check_in, occasion, now)
        elif not _joined(session, check_in, occasion):
            return occasion
    return None


def _write_down(session: Session, check_in: CheckIn, occasion: Occasion, now: datetime) -> None:
    nobody = occasion.not_held == "nobody"
    values = {
        "organization_id": check_in.organization_id, "check_in_id": check_in.id, "team_id": check_in.team_id,
        "on_date": occasion.on, "questions": [], "opened_at": now, "closed_at": now, "not_held": occasion.not_held,
        "detail": occasion.detail, "due_at": _date_begins(occasion.on, now) if nobody else None,
    }  # fmt: skip
    insert_new(session, Round, [values])


def _joined(session: Session, check_in: CheckIn, occasion: Occasion) -> bool:
    """Two occasions on one day are one Round: the one that is there tells what was moved to it."""
    there = session.exec(
        select(Round).where(Round.check_in_id == check_in.id, Round.on_date == occasion.on, Round.not_held == "")
    ).first()
    if there is not None and not there.detail:
        there.detail = occasion.detail
        session.add(there)
    return there is not None


def _laid_out_at(session: Session, check_in: CheckIn, held: Occasion, since: datetime) -> datetime:
    """As soon as the window before it ended for somebody, and when its date begins at the latest."""
    before = select(Round.id).where(Round.check_in_id == check_in.id, Round.not_held == "", Round.on_date < held.on)
    newest = before.order_by(col(Round.on_date).desc()).limit(1).scalar_subquery()
    first_close = session.exec(select(func.min(Response.close_at)).where(Response.round_id == newest)).one()
    begins = calendar.begins_on_earth(held.on)
    return begins if held.not_held else min(begins, first_close or since)


def _today(session: Session, check_in: CheckIn, now: datetime) -> date:
    return calendar.local_date(now, session.get_one(Team, check_in.team_id).time_zone)


# --- who is asked


def invite(session: Session, check_in: CheckIn, round_: Round, not_before: datetime) -> None:
    """Everyone who is asked in this team gets a Response, if his own hour is not before that; who has one keeps it."""
    asked = occasions.asked_in(session, round_.team_id)
    planned = [_planned(check_in, round_, person) for person in asked]
    insert_new(session, Response, [row for row in planned if row["prompt_at"] >= not_before])


def withdraw(session: Session, team_id: int, person_id: int) -> None:
    """Who left the team is not asked, chased or counted in its open Rounds."""
    still = (
        select(Response)
        .join(Round, col(Response.round_id) == Round.id)
        .where(Round.team_id == team_id, Response.person_id == person_id)
        .where(col(Response.state).in_(("planned", "prompted")))
    )
    for response in session.exec(still).all():
        response.state, response.reason = "away", "left_team"
        session.add(response)


def _planned(check_in: CheckIn, round_: Round, person: Person) -> dict[str, Any]:
    prompt_at = calendar.instant(round_.on_date, check_in.at, person.time_zone)
    close_at = prompt_at + timedelta(minutes=check_in.closes_after_minutes)
    before = check_in.reminder_before_minutes
    return {
        "organization_id": round_.organization_id,
        "round_id": round_.id,
        "person_id": person.id,
        "state": "planned",
        "reason": "",
        "prompt_at": prompt_at,
        "remind_at": close_at - (timedelta(minutes=before) if before else (close_at - prompt_at) / 8),
        "close_at": close_at,
        "due_step": "prompt",
        "due_at": prompt_at,
    }


# --- changes


def renew_person(session: Session, person: Person, now: datetime) -> None:
    """His zone, work days or country changed: every check-in that asks him follows."""
    mine = select(CheckIn).join(Membership, col(Membership.team_id) == CheckIn.team_id)
    for check_in in session.exec(mine.where(Membership.person_id == person.id)).all():
        renew(session, check_in, now)


def renew_team(session: Session, team_id: int, now: datetime) -> None:
    """The team's people, zone, country or rule changed: its check-ins follow."""
    for check_in in session.exec(select(CheckIn).where(CheckIn.team_id == team_id)).all():
        renew(session, check_in, now)


def renew(session: Session, check_in: CheckIn, now: datetime) -> None:
    """The check-in, its team or the calendar changed: what lies ahead becomes what they say now.

    A Round somebody was asked in or began to answer keeps its day and its questions; in it, who was not asked yet is
    asked at his new hour, and who joined is invited. The Round that waits is moved. Nothing is held twice or in the
    past.
    """
    session.flush()
    waiting = _clear_ahead(session, check_in, now)
    if not check_in.active:
        _drop(session, [waiting] if waiting else [], now)
        check_in.next_for = check_in.next_on = check_in.due_at = None
        session.add(check_in)
        return
    not_before = _first_day_left(session, check_in, now)
    after = _last_date_taken(session, check_in, not_before, waiting)
    if waiting is not None:
        after = _move(session, check_in, waiting, after, now, not_before)
    _point(session, check_in, after, now, now, not_before)
    check_in.due_at = max(check_in.due_at, now) if check_in.due_at else None
    _refresh_begun(session, check_in, now, waiting)


def _clear_ahead(session: Session, check_in: CheckIn, now: datetime) -> Round | None:
    """Forget what was laid out or written down ahead and nobody has seen; the first Round of it is returned."""
    yesterday = calendar.local_date(now, "UTC") - timedelta(days=2)
    recent = select(Round).where(Round.check_in_id == check_in.id, Round.on_date >= yesterday)
    rows = session.exec(recent.order_by(col(Round.on_date))).all()
    ahead = [round_ for round_ in rows if _is_ahead(session, check_in, round_, now)]
    waiting = next((round_ for round_ in ahead if not round_.not_held), None)
    _drop(session, [round_ for round_ in ahead if round_ is not waiting], now)
    return waiting


def _is_ahead(session: Session, check_in: CheckIn, round_: Round, now: datetime) -> bool:
    """Its first hour has not come, and nobody answered it or is about to."""
    if round_.not_held:
        zone = session.get_one(Team, check_in.team_id).time_zone
        return calendar.instant(round_.on_date, check_in.at, zone) > now
    rows = session.exec(select(Response).where(Response.round_id == round_.id)).all()
    if any(row.state not in ("planned", "away") or row.prompt_at <= now for row in rows):
        return False
    ids = {row.id for row in rows}
    begun = session.exec(select(Answer.id).where(col(Answer.response_id).in_(ids)).limit(1)).first()
    topic = f"{questions.CHECK_IN}{check_in.id}"
    being_asked = session.exec(select(OpenQuestion).where(OpenQuestion.topic == topic)).all()
    return begun is None and not any(question.slots.get("response_id") in ids for question in being_asked)


def _drop(session: Session, rounds: Sequence[Round], now: datetime, stood_on: date | None = None) -> None:
    """`stood_on`: the day of one that was put out of the way."""
    for round_ in rounds:
        if not round_.not_held:
            old = {"on": (stood_on or round_.on_date).isoformat()}
            audit.write(session, now, audit.CLOCK, "round.dropped", round_, old=old)
        session.execute(delete(Response).where(col(Response.round_id) == round_.id))
        session.delete(round_)
    session.flush()


def _first_day_left(session: Session, check_in: CheckIn, now: datetime) -> date:
    """Today, or tomorrow when the team's hour is past."""
    today = _today(session, check_in, now)
    passed = calendar.instant(today, check_in.at, session.get_one(Team, check_in.team_id).time_zone) <= now
    return today + timedelta(days=1 if passed else 0)


def _last_date_taken(session: Session, check_in: CheckIn, today: date, besides: Round | None) -> date:
    """The next occasion is later than this: the last that has a Round, or one so old that none is moved to today."""
    rows = session.exec(select(Round).where(Round.check_in_id == check_in.id)).all()
    taken = [max(row.on_date, occasions.rhythms_date(row.on_date, row.detail)) for row in rows if row is not besides]
    return max([*taken, today - timedelta(days=occasions.FARTHEST_MOVE + 1)])


def _move(session: Session, check_in: CheckIn, waiting: Round, after: date, now: datetime, not_before: date) -> date:
    """The Round that waits becomes the next occasion; returns the rhythm's date it stands for."""
    old, waiting.on_date = waiting.on_date, date.min  # out of the way of what is written down meanwhile
    session.add(waiting)
    session.flush()
    held = _next_held(session, check_in, after, now, not_before)
    if held is None or held.not_held:
        _drop(session, [waiting], now, old)
        return after
    waiting.on_date, waiting.detail, waiting.due_at = held.on, held.detail, _date_begins(held.on, now)
    waiting.questions = answers.questions_of_day(session, check_in, held.on)
    waiting.anonymous = check_in.anonymous
    session.add(waiting)
    session.flush()
    if held.on != old:
        new = {"on": held.on.isoformat()}
        audit.write(session, now, audit.CLOCK, "round.moved", waiting, old={"on": old.isoformat()}, new=new)
    _ask_those_of_today(session, check_in, waiting, now)
    return held.for_


def _ask_those_of_today(session: Session, check_in: CheckIn, waiting: Round, now: datetime) -> None:
    """Nobody was asked yet: whoever is asked in the team by now is."""
    asked = {person.id for person in occasions.asked_in(session, waiting.team_id)}
    for response in session.exec(select(Response).where(Response.round_id == waiting.id)).all():
        if response.person_id not in asked or response.state != "planned":
            session.delete(response)
        else:
            _replan(session, check_in, waiting, response, now)
    session.flush()
    invite(session, check_in, waiting, now)


def _refresh_begun(session: Session, check_in: CheckIn, now: datetime, waiting: Round | None) -> None:
    begun = select(Round).where(Round.check_in_id == check_in.id, col(Round.closed_at).is_(None))
    for round_ in session.exec(begun).all():
        if round_ is not waiting:
            ahead = select(Response).where(Response.round_id == round_.id, Response.due_step == "prompt")
            for response in session.exec(ahead).all():
                _replan(session, check_in, round_, response, now)
            session.flush()
            invite(session, check_in, round_, now)


def _replan(session: Session, check_in: CheckIn, round_: Round, response: Response, now: datetime) -> None:
    """Asked at the new hour; where it is so long past that nobody would be asked any more, at the old one."""
    fresh = _planned(check_in, round_, session.get_one(Person, response.person_id))
    if (
        now - fresh["prompt_at"] > grace(fresh["prompt_at"], fresh["close_at"])
        and response.prompt_at > fresh["prompt_at"]
    ):
        return
    for column in ("prompt_at", "remind_at", "close_at", "due_at"):
        setattr(response, column, fresh[column])
    session.add(response)


def grace(prompt_at: datetime, close_at: datetime) -> timedelta:
    """How late somebody is still asked."""
    return min(LATE_PROMPT_GRACE, (close_at - prompt_at) / 2)
