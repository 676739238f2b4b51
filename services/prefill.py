"""What an answer starts from: the last answer to the same question, or the plan of the last time."""

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, Answer, Response, Round
from services.question_kinds import Question, Read, find, kind_of, read

MOST_ROUNDS = 12
NOT_REPEATED = ("action_status",)
BY_VALUE = ("yes_no", "mood", "scale", "number")
"""Kinds whose value is what one types."""
Earlier = list[tuple[Round, dict[int, Answer]]]


def earlier_of(session: Session, response: Response, round_: Round) -> Earlier:
    """What this person sent in the Rounds of the same CheckIn before this one, the newest first."""
    if round_.anonymous:
        return []
    rows = session.exec(
        select(Response.id, Round)
        .join(Round)
        .where(Round.check_in_id == round_.check_in_id, Round.on_date < round_.on_date)
        .where(Response.person_id == response.person_id, col(Response.state).in_(ANSWERED))
        .order_by(col(Round.on_date).desc())
        .limit(MOST_ROUNDS)
    ).all()
    given: dict[int, dict[int, Answer]] = {response_id: {} for response_id, _ in rows}
    for answer in session.exec(select(Answer).where(col(Answer.response_id).in_(given))).all():
        given[answer.response_id][answer.question] = answer
    return [(each, given[response_id]) for response_id, each in rows]


def last_answer(question: Question, earlier: Earlier) -> Answer | None:
    """The newest answer to the same question."""
    for round_, given in earlier:
        number = find(question, round_.questions)
        if number in given:
            return given[number]
    return None


def plan_for(question: Question, earlier: Earlier) -> Answer | None:
    """What was planned the last time, in the answer to the question `from`."""
    for round_, given in earlier[:1]:
        for number, each in enumerate(round_.questions):
            if each.get("id") == question["from"]:
                return given.get(number)
    return None


def start_of(question: Question, earlier: Earlier) -> Answer | None:
    """What a field begins with: numbers always with the last one, others where the question says so."""
    if question.get("prefill") == "plan":
        return plan_for(question, earlier)
    wanted = question.get("prefill") == "last" or kind_of(question) == "number"
    return last_answer(question, earlier) if wanted else None


def repeated(questions: list[Question], earlier: Earlier) -> dict[int, Answer]:
    """The last answers of all that can be given again: items are where they are now."""
    same = {n: last_answer(each, earlier) for n, each in enumerate(questions) if kind_of(each) not in NOT_REPEATED}
    return {number: answer for number, answer in same.items() if answer is not None}


def as_now(question: Question, answer: Answer, locale: str) -> Read | None:
    """An earlier answer read anew, for the question may have changed since; None: it is none any more."""
    by_value = kind_of(question) in BY_VALUE and answer.value is not None
    again = read(question, str(answer.value) if by_value else answer.text, locale)
    return again if isinstance(again, Read) else None


def typed(question: Question, given: Read) -> str:
    """An answer as one would type or pick it."""
    return given.value if kind_of(question) in BY_VALUE and given.value is not None else given.text
