"""Open questions: a half-finished intent waits here for the one slot the person was asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.conversation import OpenQuestion
from models.organization import Person
from services.limits import QUESTION_PATIENCE

CHECK_IN = "check_in:"
"""Topics that begin so stay open as long as their Round is the newest: late answers are welcome."""
ASIDE = "aside:"
"""Topics that begin so ask nothing: only the very words of one of their buttons answer them."""


def ask(
    session: Session,
    now: datetime,
    person: Person,
    topic: str,
    intent: str,
    slots: dict[str, Any],
    slot: str,
    options: list[dict[str, Any]] | None = None,
    takes_text: bool = True,
) -> OpenQuestion:
    """Open a question; an older one on the same topic is closed by it."""
    close(session, person, topic)
    question = OpenQuestion(
        organization_id=person.organization_id,
        person_id=person.id,
        topic=topic,
        intent=intent,
        slots=slots,
        slot=slot,
        options=options or [],
        takes_text=takes_text,
        asked_at=now,
    )
    session.add(question)
    session.flush()
    return question


def close(session: Session, person: Person, topic: str) -> None:
    session.execute(
        delete(OpenQuestion).where(col(OpenQuestion.person_id) == person.id, col(OpenQuestion.topic) == topic)
    )


def newest(session: Session, person: Person, now: datetime) -> OpenQuestion | None:
    """The question an answer belongs to: the last asked; of several asked by one message, the first."""
    fresh = (col(OpenQuestion.asked_at) > now - QUESTION_PATIENCE) | col(OpenQuestion.topic).startswith(CHECK_IN)
    return session.exec(
        select(OpenQuestion)
        .where(OpenQuestion.person_id == person.id, fresh, ~col(OpenQuestion.topic).startswith(ASIDE))
        .order_by(col(OpenQuestion.asked_at).desc(), col(OpenQuestion.id))
    ).first()


def on_topic(session: Session, person: Person, topic: str) -> OpenQuestion | None:
    """However long ago it was asked."""
    mine = select(OpenQuestion).where(OpenQuestion.person_id == person.id, OpenQuestion.topic == topic)
    return session.exec(mine).first()


def by_id(session: Session, person: Person, question_id: int) -> OpenQuestion | None:
    """The person's own open question, or None when it is answered, somebody else's, or made up."""
    question = session.get(OpenQuestion, question_id)
    return question if question is not None and question.person_id == person.id else None


def asides(session: Session, person: Person, now: datetime) -> Sequence[OpenQuestion]:
    """The newest first."""
    mine = select(OpenQuestion).where(OpenQuestion.person_id == person.id, col(OpenQuestion.topic).startswith(ASIDE))
    lately = mine.where(col(OpenQuestion.asked_at) > now - QUESTION_PATIENCE)
    return session.exec(lately.order_by(col(OpenQuestion.asked_at).desc(), col(OpenQuestion.id).desc())).all()
