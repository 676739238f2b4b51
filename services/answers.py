"""A person's answers: saved one by one, sent when the last is given, editable ever after."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Answer, CheckIn, Response, Round
from models.ledger import Action
from models.organization import Person
from services import audit, follow_ups, ledger
from services.limits import ANSWER_CHARACTERS, NOTE_CHARACTERS
from services.question_kinds import Question, Read, kind_of


def round_of(session: Session, response: Response) -> Round:
    return session.get_one(Round, response.round_id)


def check_in_of(session: Session, round_: Round) -> CheckIn:
    return session.get_one(CheckIn, round_.check_in_id)


def answers_of(session: Session, response: Response) -> Sequence[Answer]:
    """All that were given, hidden ones too: what a changed answer made irrelevant is kept."""
    return session.exec(select(Answer).where(Answer.response_id == response.id).order_by(col(Answer.question))).all()


def given(session: Session, response: Response) -> dict[int, Answer]:
    return {answer.question: answer for answer in answers_of(session, response)}


def shown_of(session: Session, response: Response) -> list[Answer]:
    """Those to questions whose conditions hold."""
    return that_apply(round_of(session, response), answers_of(session, response))


def that_apply(round_: Round, all_given: Sequence[Answer]) -> list[Answer]:
    apply = follow_ups.that_apply(round_.questions, {answer.question: answer for answer in all_given})
    return [answer for answer in all_given if answer.question in apply]


def own_response(session: Session, person: Person, response_id: int | None) -> Response | None:
    """The response with that id if it is this person's; without an id, the one to answer or edit now."""
    if response_id is None:
        return to_answer(session, person) or last_answered(session, person)
    response = session.get(Response, response_id)
    return response if response is not None and response.person_id == person.id else None


def to_answer(session: Session, person: Person) -> Response | None:
    """What this person can answer now: the open ones first, oldest first; else the newest nobody answered yet."""
    silent = _of(person).where(col(Response.state).in_(("missed", "skipped", "withdrawn")), _takes_late_answers())
    still = session.exec(silent.order_by(col(Response.prompt_at).desc())).first()
    return next(iter(prompted_of(session, person)), None) or still


def prompted_of(session: Session, person: Person) -> Sequence[Response]:
    """The check-ins that wait for this person's answer, oldest first."""
    waiting = _of(person).where(Response.state == "prompted", _takes_late_answers())
    rows: Sequence[Response] = session.exec(waiting.order_by(col(Response.prompt_at), col(Response.id))).all()
    return rows


def _of(person: Person) -> Any:
    return select(Response).join(Round).where(Response.person_id == person.id)


def _takes_late_answers() -> Any:
    """An anonymous Round that ended takes none: what is added alone to what was shown has an author."""
    return ~(col(Round.anonymous) & col(Round.closed_at).is_not(None))


def last_answered(session: Session, person: Person) -> Response | None:
    """The newest whose answers are still this person's: not those of an anonymous Round."""
    mine = _of(person).where(col(Response.state).in_(ANSWERED), col(Round.anonymous).is_(False))
    newest: Response | None = session.exec(mine.order_by(col(Response.submitted_at).desc())).first()
    return newest


def save(
    session: Session, response: Response, question: int, read: Read, now: datetime, source_message: str | None = None
) -> None:
    """Keep one answer, as typed up to the limit.

    The response is locked first: its window may be ending at this very moment in another process. Of an anonymous
    Round's nothing else is written, so that no time leads back to its author.
    """
    session.refresh(response, with_for_update=True)
    kept = read.text.strip()[:ANSWER_CHARACTERS].rstrip()
    answer = given(session, response).get(question) or Answer(
        organization_id=response.organization_id,
        response_id=response.id,
        question=question,
        text=kept,
        answered_at=now,
    )
    answer.text, answer.value, answer.answered_at = kept, read.value, now
    answer.source_message = source_message or answer.source_message
    session.add(answer)
    session.flush()
    if not round_of(session, response).anonymous:
        person = session.get_one(Person, response.person_id)
        audit.write(session, now, person, "answer.saved", response, new={"question": question})


def says_nothing(text: str) -> bool:
    """Nothing but spaces, control characters and zero-width ones. An emoji says something."""
    return all(unicodedata.category(char)[0] in "ZC" for char in text)


def asked(session: Session, response: Response) -> list[int]:
    """The questions this person is asked, as far as his answers tell by now.

    Where an item stands is asked only of who has open items in this team.
    """
    round_, so_far = round_of(session, response), given(session, response)
    apply = follow_ups.that_apply(round_.questions, so_far)
    about_items = [n for n in apply if kind_of(round_.questions[n]) == "action_status" and n not in so_far]
    if about_items and (response.state in ANSWERED or not _open_items(session, response, round_)):
        return [number for number in apply if number not in about_items]
    return apply


def _open_items(session: Session, response: Response, round_: Round) -> list[Action]:
    person = session.get_one(Person, response.person_id)
    return [action for action in ledger.open_of(session, person) if action.team_id == round_.team_id]


def items_left(session: Session, response: Response, number: int) -> list[Action]:
    """The open items that question still asks about. Of what was sent nothing is asked again: `#12 …` moves an item."""
    if response.state in ANSWERED:
        return []
    answer = given(session, response).get(number)
    settled = settled_in(answer)
    return [each for each in _open_items(session, response, round_of(session, response)) if each.number not in settled]


def settled_in(answer: Answer | None) -> list[int]:
    """The numbers of the items that answer says something about already."""
    return [int(number) for number in answer.value.split(",")] if answer is not None and answer.value else []


def next_question(session: Session, response: Response) -> int | None:
    """The first question without an answer, or None when all have one."""
    so_far, questions = given(session, response), round_of(session, response).questions
    return next((n for n in asked(session, response) if _waits(session, response, questions[n], n, n in so_far)), None)


def _waits(session: Session, response: Response, question: Question, number: int, answered: bool) -> bool:
    if kind_of(question) == "action_status":
        return bool(items_left(session, response, number))
    return not answered


def submit(session: Session, response: Response, person: Person, now: datetime) -> None:
    """All questions are answered. After the close it counts as late; done again, it counts as edited."""
    old = response.state
    if old in ANSWERED:
        response.edited_at = now
    else:
        response.state = "submitted" if now <= response.close_at else "late"
        response.submitted_at = now
    remind_no_more(response)
    session.add(response)
    verb = "response.edited" if old in ANSWERED else "response.submitted"
    audit.write(session, now, person, verb, response, old={"state": old}, new={"state": response.state})


def remind_no_more(response: Response) -> None:
    if response.due_step == "remind":
        response.due_step, response.due_at = "close", response.close_at


def withdraw(session: Session, response: Response, person: Person, now: datetime) -> None:
    """Others see nothing of it any more; to the person it is a draft again."""
    old, response.state = response.state, "withdrawn"
    remind_no_more(response)
    session.add(response)
    audit.write(session, now, person, "response.withdrawn", response, old={"state": old}, new={"state": "withdrawn"})


def turn_to(session: Session, response: Response, audience: str, person: Person, now: datetime) -> None:
    """Who reads it: the team, or its leads alone."""
    old, response.audience = response.audience, audience
    session.add(response)
    new = {"audience": audience}
    audit.write(session, now, person, "response.audience", response, old={"audience": old}, new=new)


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


def questions_of_day(session: Session, check_in: CheckIn, on_date: Any) -> list[Question]:
    """What a Round of that date asks: every question whose turn it is."""
    if all("every" not in question for question in check_in.questions):
        return check_in.questions
    held = select(Round).where(Round.check_in_id == check_in.id, Round.on_date < on_date, Round.not_held == "")
    rounds = session.exec(held.order_by(col(Round.on_date).desc()).limit(100)).all()
    return follow_ups.questions_on(on_date, check_in.questions, [(each.on_date, each.questions) for each in rounds])
