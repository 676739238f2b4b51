"""Anonymous Rounds: once sent, nothing in the database leads from an answer to its author.

Until then an answer is a draft of its author. Sending moves all of them at once to rows without person and time, and
writes every such row of the Round anew in the order of its random id, so that neither the order of rows nor what the
database notes about them (Postgres: xmin) tells who came when. Results are shown once, when the Round is over, and from
FLOOR answers on: one that appeared later, alone, would have an author.
"""

import secrets
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, AnonymousAnswer, Answer, Response, Round
from models.db import insert_new
from services import answers
from services.question_kinds import MOODS, Question, in_words, kind_of, shown

FLOOR = 5
COUNTED = ("choice", "scale", "yes_no", "mood")


def submit(session: Session, response: Response) -> None:
    """Of the response only that it was answered is left: no time, no audit entry, no draft."""
    round_ = answers.round_of(session, response)
    session.refresh(round_, with_for_update=True)
    mine = [_row(round_, each.question, each.text, each.value) for each in answers.shown_of(session, response)]
    so_far = session.exec(select(AnonymousAnswer).where(AnonymousAnswer.round_id == round_.id)).all()
    everybody = [_row(round_, each.question, each.text, each.value) for each in so_far] + mine
    forget(session, round_)
    insert_new(session, AnonymousAnswer, sorted(everybody, key=lambda row: str(row["id"])))
    session.execute(delete(Answer).where(col(Answer.response_id) == response.id))
    response.state = "submitted"
    answers.remind_no_more(response)
    session.add(response)


def _row(round_: Round, question: int, text: str, value: str | None) -> dict[str, Any]:
    """A new id each time, so that two looks at the database do not show which rows are the same."""
    return {
        "id": secrets.token_hex(16),
        "organization_id": round_.organization_id,
        "round_id": round_.id,
        "question": question,
        "text": text,
        "value": value,
    }


def forget(session: Session, round_: Round) -> None:
    session.execute(delete(AnonymousAnswer).where(col(AnonymousAnswer.round_id) == round_.id))


def is_over(session: Session, round_: Round) -> bool:
    """Everybody's window has ended."""
    if round_.closed_at is not None:
        return True
    waiting = select(Response.id).where(Response.round_id == round_.id, col(Response.due_step).is_not(None))
    return session.exec(waiting.limit(1)).first() is None


def end(session: Session, round_: Round) -> None:
    """Drafts nobody sent are gone; so are answers too few to be shown."""
    drafts = select(Response.id).where(Response.round_id == round_.id)
    session.execute(delete(Answer).where(col(Answer.response_id).in_(drafts)))
    if not enough(session, round_):
        forget(session, round_)


def enough(session: Session, round_: Round) -> bool:
    sent = select(Response.id).where(Response.round_id == round_.id, col(Response.state).in_(ANSWERED))
    return len(session.exec(sent.limit(FLOOR)).all()) == FLOOR


def results(session: Session, round_: Round, locale: str) -> list[dict[str, Any]] | None:
    """Question by question, in no order that tells anything: {"question", "counts" or "texts"}; None: not (yet) shown.

    A question that fewer than FLOOR answered has neither.
    """
    if not is_over(session, round_) or not enough(session, round_):
        return None
    rows = session.exec(
        select(AnonymousAnswer).where(AnonymousAnswer.round_id == round_.id).order_by(col(AnonymousAnswer.id))
    ).all()
    by_question = [[row for row in rows if row.question == number] for number in range(len(round_.questions))]
    return [_result(question, given, locale) for question, given in zip(round_.questions, by_question, strict=True)]


def _result(question: Question, given: list[AnonymousAnswer], locale: str) -> dict[str, Any]:
    counts, texts = counted(question, given, locale), []
    if kind_of(question) not in COUNTED and len(given) >= FLOOR:
        texts = [shown(question, each.text, each.value, locale) for each in given]
    if kind_of(question) == "number":
        texts.sort()
    return {"question": in_words(question["ask"], locale), "counts": counts, "texts": texts}


def counted(question: Question, given: Any, locale: str) -> list[tuple[str, int]]:
    """How many said what, from FLOOR answers on; only of kinds with few different answers."""
    if kind_of(question) not in COUNTED or len(given) < FLOOR:
        return []
    texts = [shown(question, each.text, each.value, locale) for each in given]
    order = {shown(question, each.text, each.value, locale): each.value for each in given}
    return [(text, texts.count(text)) for text in sorted(order, key=lambda text: _rank(question, order[text]))]


def _rank(question: Question, value: str) -> tuple[int, str]:
    if kind_of(question) == "mood":
        return MOODS.index(value), value
    return (int(value), value) if value.lstrip("-").isdigit() else (0, value)
