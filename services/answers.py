"""A person's answers: saved one by one, sent when the last is given, editable ever after."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Answer, CheckIn, Response, Round
from models.organization import Person
from services import audit
from services.limits import ANSWER_CHARACTERS, NOTE_CHARACTERS


def round_of(session: Session, response: Response) -> Round:
    return session.get_one(Round, response.round_id)


def check_in_of(session: Session, round_: Round) -> CheckIn:
    return session.get_one(CheckIn, round_.check_in_id)


def answers_of(session: Session, response: Response) -> Sequence[Answer]:
    return session.exec(select(Answer).where(Answer.response_id == response.id).order_by(col(Answer.question))).all()


def own_response(session: Session, person: Person, response_id: int | None) -> Response | None:
    """The response with that id if it is this person's; without an id, the one to answer or edit now."""
    if response_id is None:
        return to_answer(session, person) or last_answered(session, person)
    response = session.get(Response, response_id)
    return response if response is not None and response.person_id == person.id else None


def to_answer(session: Session, person: Person) -> Response | None:
    """What this person can answer now: the open ones first, oldest first; else the newest nobody answered yet."""
    mine = select(Response).where(Response.person_id == person.id)
    unanswered = mine.where(Response.state == "prompted").order_by(col(Response.prompt_at))
    missed = mine.where(col(Response.state).in_(("missed", "skipped"))).order_by(col(Response.prompt_at).desc())
    return session.exec(unanswered).first() or session.exec(missed).first()


def last_answered(session: Session, person: Person) -> Response | None:
    mine = select(Response).where(Response.person_id == person.id, col(Response.state).in_(ANSWERED))
    return session.exec(mine.order_by(col(Response.submitted_at).desc())).first()


def save(
    session: Session, response: Response, question: int, text: str, now: datetime, source_message: str | None = None
) -> None:
    """Keep one answer, as typed up to the limit.

    The response is locked first: its window may be ending at this very moment in another process.
    """
    session.refresh(response, with_for_update=True)
    kept = text.strip()[:ANSWER_CHARACTERS].rstrip()
    answer = session.exec(
        select(Answer).where(Answer.response_id == response.id, Answer.question == question)
    ).first() or Answer(
        organization_id=response.organization_id,
        response_id=response.id,
        question=question,
        text=kept,
        answered_at=now,
    )
    answer.text, answer.answered_at = kept, now
    answer.source_message = source_message or answer.source_message
    session.add(answer)
    session.flush()
    person = session.get_one(Person, response.person_id)
    audit.write(session, now, person, "answer.saved", response, new={"question": question})


def says_nothing(text: str) -> bool:
    """Nothing but spaces, control characters and zero-width ones. An emoji says something."""
    return all(unicodedata.category(char)[0] in "ZC" for char in text)


def next_question(session: Session, response: Response) -> int | None:
    """The first question without an answer, or None when all have one."""
    answered = {answer.question for answer in answers_of(session, response)}
    questions = range(len(round_of(session, response).questions))
    return next((number for number in questions if number not in answered), None)


def submit(session: Session, response: Response, person: Person, now: datetime) -> None:
    """All questions are answered. After the close it counts as late; done again, it counts as edited."""
    old = response.state
    if old in ANSWERED:
        response.edited_at = now
    else:
        response.state = "submitted" if now <= response.close_at else "late"
        response.submitted_at = now
    if response.due_step == "remind":
        response.due_step, response.due_at = "close", response.close_at
    session.add(response)
    verb = "response.edited" if old in ANSWERED else "response.submitted"
    audit.write(session, now, person, verb, response, old={"state": old}, new={"state": response.state})


def skip(session: Session, response: Response, person: Person, reason: str, now: datetime) -> None:
    old, response.state, response.reason = response.state, "skipped", reason[:NOTE_CHARACTERS]
    session.add(response)
    audit.write(session, now, person, "response.skipped", response, old={"state": old}, new={"state": "skipped"})


def postpone(session: Session, response: Response, until: datetime, now: datetime, person: Person) -> None:
    """Ask again at `until` (UTC); the window does not move."""
    response.due_step, response.due_at = "remind", until
    session.add(response)
    audit.write(session, now, person, "response.postponed", response, new={"until": until.isoformat()})


def by_source(session: Session, person: Person, message_id: str) -> Answer | None:
    """The person's answer that was typed in this chat message."""
    return session.exec(
        select(Answer).join(Response).where(Answer.source_message == message_id, Response.person_id == person.id)
    ).first()
