"""The summary of a Round in the team's channel: who answered what, how many did not, who is away."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Answer, Response, Round
from models.messages import Message
from models.organization import Channel, Person, Team
from services import anonymity, answers, outbox, posts, prefill
from services.consent import NO_CONSENT
from services.limits import CHANGES_SETTLE
from services.question_kinds import change, in_words, kind_of, shown
from services.render import render

AT_WORK = ("nothing_to_ask", "left_team")
"""Why somebody was not asked who is not away."""


def publish(session: Session, round_: Round, now: datetime) -> None:
    """Post the summary, or change the posted one in place. Of an anonymous Round that is over, what must go goes."""
    team = session.get_one(Team, round_.team_id)
    if round_.anonymous and anonymity.is_over(session, round_):
        anonymity.end(session, round_)
        session.flush()

    def message_for(locale: str, _channel: Channel | None) -> Message:
        return Message(markup=_text(session, round_, locale))

    posts.publish(session, now, team, f"round:{round_.id}", message_for, _day_of(session, team, round_))
    round_.posted_at = round_.posted_at or now
    session.add(round_)


def _text(session: Session, round_: Round, locale: str) -> str:
    if not round_.anonymous:
        return render(locale, "summary", **collect(session, round_, locale))
    over = anonymity.is_over(session, round_)
    shown = {"over": over, "results": anonymity.results(session, round_, locale), "floor": anonymity.FLOOR}
    return render(locale, "summary_anonymous", **_counts(session, round_), **shown)


def _day_of(session: Session, team: Team, round_: Round) -> posts.Day:
    """A day's summaries, and the line over them: of each check-in how many of those asked have answered."""
    same_day = select(Round).where(Round.team_id == team.id, Round.on_date == round_.on_date)
    rounds = session.exec(same_day.order_by(col(Round.id))).all()
    posted = [each for each in rounds if each.posted_at is not None or each.id == round_.id]
    lines = [(answers.check_in_of(session, each).name, *_answered(session, each)) for each in posted]

    def line_for(locale: str) -> Message:
        return Message(markup=render(locale, "day_line", team=team.name, on=round_.on_date, rounds=lines))

    def whole_for(locale: str) -> Message:
        return Message(markup="\n\n".join(_text(session, each, locale) for each in posted))

    return posts.Day(round_.on_date, line_for, whole_for)


def _answered(session: Session, round_: Round) -> tuple[int, int]:
    """How many answered, of how many; who is away is not asked."""
    asked = select(Response.state).where(Response.round_id == round_.id, Response.reason != NO_CONSENT)
    states = session.exec(asked).all()
    return sum(state in ANSWERED for state in states), sum(state != "away" for state in states)


def publish_again(session: Session, response: Response, now: datetime) -> None:
    """Somebody was late or edited: what is posted is changed with the next tick; while changes go on, once in a minute,
    however many there are.

    What is not yet due stays unposted.
    """
    window_ended = response.due_step is None
    posted = col(Round.posted_at).is_not(None)
    round_ = answers.round_of(session, response)
    day = posts.day_key(round_.team_id, round_.on_date)
    shown = outbox.newest(session, f"round:{response.round_id}:") or outbox.newest(session, f"{day}:")
    due_at = now if shown is None or shown.kind == "post" else max(now, shown.created_at + CHANGES_SETTLE)
    due = update(Round).where(col(Round.id) == response.round_id).values(due_at=due_at)
    session.execute(due if window_ended else due.where(posted))


def collect(session: Session, round_: Round, locale: str) -> dict[str, Any]:
    """The facts of a summary in that language. Of those who did not answer there are numbers only: their names are the
    lead's. What is for the lead alone is counted; how people feel is shown without names, if enough of them say."""
    rows = session.exec(
        select(Response, Person.name)
        .join(Person, col(Response.person_id) == Person.id)
        .where(Response.round_id == round_.id)
        .order_by(Person.name)
    ).all()
    given = _given(session, round_)
    answered = [(response, name) for response, name in rows if response.state in ANSWERED]
    return {
        **_counts(session, round_),
        "questions": [in_words(question["ask"], locale) for question in round_.questions],
        "answered": [
            {
                "name": name,
                "late": response.state == "late",
                "edited": response.edited_at is not None,
                "texts": _texts(session, round_, response, given.get(response.id, []), locale),
            }
            for response, name in answered
            if response.audience == "team"
        ],
        "for_lead": sum(response.audience == "lead" for response, _ in answered),
        "away": [name for response, name in rows if response.state == "away" and response.reason not in AT_WORK],
        "moods": _moods(round_, [each for response, _ in answered for each in given.get(response.id, [])], locale),
    }


def _counts(session: Session, round_: Round) -> dict[str, Any]:
    asked = select(Response.state).where(Response.round_id == round_.id, Response.reason != NO_CONSENT)
    states = list(session.exec(asked).all())
    return {
        "check_in": answers.check_in_of(session, round_).name,
        "on": round_.on_date,
        "count": sum(state in ANSWERED for state in states),
        "no_answer": states.count("missed") + states.count("withdrawn"),
        "skipped": states.count("skipped"),
        "open": states.count("planned") + states.count("prompted"),
    }


def _given(session: Session, round_: Round) -> dict[int, list[Answer]]:
    """response id -> its answers to questions that apply, in their order."""
    rows = session.exec(
        select(Answer)
        .join(Response, col(Answer.response_id) == Response.id)
        .where(Response.round_id == round_.id, col(Response.state).in_(ANSWERED))
        .order_by(col(Answer.question))
    ).all()
    given: dict[int, list[Answer]] = {}
    for answer in rows:
        given.setdefault(answer.response_id, []).append(answer)
    return {response_id: answers.that_apply(round_, everything) for response_id, everything in given.items()}


def _texts(session: Session, round_: Round, response: Response, given: list[Answer], locale: str) -> dict[int, str]:
    """question number -> answer. A number says by how much it moved since the last time."""
    texts = {}
    for answer in given:
        question = round_.questions[answer.question]
        if kind_of(question) != "mood":
            moved = _moved(session, round_, response, answer) if kind_of(question) == "number" else ""
            texts[answer.question] = shown(question, answer.text, answer.value, locale) + moved
    return texts


def _moved(session: Session, round_: Round, response: Response, answer: Answer) -> str:
    question = round_.questions[answer.question]
    last = prefill.last_answer(question, prefill.earlier_of(session, response, round_))
    moved = change(last.value, answer.value) if last and last.value and answer.value else ""
    return f" ({moved})" if moved else ""


def _moods(round_: Round, given: list[Answer], locale: str) -> list[tuple[str, list[tuple[str, int]]]]:
    """Question -> how many feel how; only of five people or more."""
    asked = [(n, question) for n, question in enumerate(round_.questions) if kind_of(question) == "mood"]
    counts = [(q, anonymity.counted(q, [each for each in given if each.question == n], locale)) for n, q in asked]
    return [(in_words(question["ask"], locale), counted) for question, counted in counts if counted]
