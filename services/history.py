"""What somebody answered in earlier check-ins, as far as the reader may see it; also of check-ins long ended."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, CheckIn, Response, Round
from models.organization import Person
from services import answers, people, permissions, question_kinds

PAGE = 5


@dataclass(frozen=True)
class Past:
    """One person's part in one Round. `pairs`: question and answer, in the reader's language."""

    on: date
    check_in: str
    response: Response
    pairs: list[tuple[str, str]]


def of(session: Session, person: Person, reader: Person, page: int) -> tuple[list[Past], bool]:
    """The newest first, and whether there are older ones. The person reads all of his own, a lead what was answered in
    the teams he leads, a steward what was for the team."""
    rows = session.exec(_visible(session, person, reader).offset(page * PAGE).limit(PAGE + 1)).all()
    past = [
        Past(round_.on_date, check_in, response, _pairs(session, round_, response, reader))
        for response, round_, check_in in rows[:PAGE]
    ]
    return past, len(rows) > PAGE


def _visible(session: Session, person: Person, reader: Person) -> Any:
    query = select(Response, Round, CheckIn.name).join(Round, col(Response.round_id) == Round.id)
    query = query.join(CheckIn, col(Round.check_in_id) == CheckIn.id).where(Response.person_id == person.id)
    query = query.order_by(col(Round.on_date).desc(), col(Round.id).desc())
    if reader.id == person.id:
        return query.where(col(Response.state).not_in(("planned", "prompted")))
    led = [team.id for team in people.teams_of(session, reader, "lead")]
    to_lead = col(Round.team_id).in_(led)
    to_reader = to_lead | (Response.audience == "team") if permissions.is_steward(reader) else to_lead
    return query.where(col(Response.state).in_(ANSWERED), col(Round.anonymous).is_(False), to_reader)


def _pairs(session: Session, round_: Round, response: Response, reader: Person) -> list[tuple[str, str]]:
    """How somebody feels is his own: nobody else reads it here."""
    given = [
        (round_.questions[answer.question], answer)
        for answer in answers.shown_of(session, response)
        if reader.id == response.person_id or round_.questions[answer.question].get("kind") != "mood"
    ]
    return [
        (
            question_kinds.in_words(question["ask"], reader.locale),
            question_kinds.shown(question, answer.text, answer.value, reader.locale),
        )
        for question, answer in given
    ]
