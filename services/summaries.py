"""The summary of a Round in the team's channel: who answered what, how many did not, who is away."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Answer, Response, Round
from models.messages import Message
from models.organization import Channel, Person, Team
from services import announcements, answers, posts
from services.render import render


def publish(session: Session, round_: Round, now: datetime) -> None:
    """Post the summary, or change the posted one in place."""
    team = session.get_one(Team, round_.team_id)
    facts = collect(session, round_)

    def message_for(locale: str, _channel: Channel | None) -> Message:
        questions = [announcements.question_text(round_, number, locale) for number in range(len(round_.questions))]
        return Message(markup=render(locale, "summary", questions=questions, **facts))

    posts.publish(session, now, team, f"round:{round_.id}", message_for, _day_of(session, team, round_))
    round_.posted_at = round_.posted_at or now
    session.add(round_)


def _day_of(session: Session, team: Team, round_: Round) -> posts.Day:
    """The line over a day's summaries: of each check-in how many of those asked have answered."""
    same_day = select(Round).where(Round.team_id == team.id, Round.on_date == round_.on_date)
    rounds = session.exec(same_day.order_by(col(Round.id))).all()
    lines = [
        (answers.check_in_of(session, each).name, *_answered(session, each))
        for each in rounds
        if each.posted_at is not None or each.id == round_.id
    ]

    def line_for(locale: str) -> Message:
        return Message(markup=render(locale, "day_line", team=team.name, on=round_.on_date, rounds=lines))

    return posts.Day(round_.on_date, line_for)


def _answered(session: Session, round_: Round) -> tuple[int, int]:
    """How many answered, of how many; who is away is not asked."""
    states = session.exec(select(Response.state).where(Response.round_id == round_.id)).all()
    return sum(state in ANSWERED for state in states), sum(state != "away" for state in states)


def publish_again(session: Session, response: Response, now: datetime) -> None:
    """Somebody was late or edited: what is posted is changed with the next tick, however many edits came before it.

    What is not yet due stays unposted.
    """
    window_ended = response.due_step is None
    posted = col(Round.posted_at).is_not(None)
    due = update(Round).where(col(Round.id) == response.round_id).values(due_at=now)
    session.execute(due if window_ended else due.where(posted))


def collect(session: Session, round_: Round) -> dict[str, Any]:
    """The facts of a summary. Of those who did not answer there are numbers only: their names are the lead's."""
    rows = session.exec(
        select(Response, Person.name)
        .join(Person, col(Response.person_id) == Person.id)
        .where(Response.round_id == round_.id)
        .order_by(Person.name)
    ).all()
    texts = _texts(session, round_)
    states = [response.state for response, _ in rows]
    return {
        "check_in": answers.check_in_of(session, round_).name,
        "on": round_.on_date,
        "answered": [
            {
                "name": name,
                "late": response.state == "late",
                "edited": response.edited_at is not None,
                "texts": texts.get(response.id, {}),
            }
            for response, name in rows
            if response.state in ANSWERED
        ],
        "no_answer": states.count("missed"),
        "skipped": states.count("skipped"),
        "open": states.count("planned") + states.count("prompted"),
        "away": [name for response, name in rows if response.state == "away"],
    }


def _texts(session: Session, round_: Round) -> dict[int, dict[int, str]]:
    """response id -> question number -> text."""
    rows = session.exec(
        select(Answer)
        .join(Response)
        .where(Response.round_id == round_.id, col(Response.state).in_(ANSWERED))
        .order_by(col(Answer.question))
    ).all()
    texts: dict[int, dict[int, str]] = {}
    for answer in rows:
        texts.setdefault(answer.response_id, {})[answer.question] = answer.text
    return texts
