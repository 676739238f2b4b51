"""What the clock says to one person: the prompt, the reminder, and to leads who is silent or stuck."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.check_ins import CheckIn, Response, Round
from models.messages import Button, Delivery, Message
from models.organization import Person, Team
from services import answers, calendar, outbox, people, questions
from services.render import label, render

UNREACHABLE = "unreachable"
"""Why a Response got no answer: nobody could ask the person."""
ELSEWHERE = ":elsewhere"
"""Ends the key of a message that went on to the next account of the same person."""
MOST_HOPS = 5


def question_text(round_: Round, number: int, locale: str) -> str:
    """The question in the person's language, else in the first it was written in."""
    asked: dict[str, str] = round_.questions[number]["ask"]
    return asked.get(locale) or next(iter(asked.values()))


def prompt(session: Session, response: Response, person: Person, now: datetime) -> None:
    """Ask the first question, with everything on it as buttons too; a typed message answers it."""
    round_ = answers.round_of(session, response)
    check_in = answers.check_in_of(session, round_)
    text = render(
        person.locale,
        "prompt",
        name=person.name,
        check_in=check_in.name,
        count=len(round_.questions),
        question=question_text(round_, 0, person.locale),
        closes_at=response.close_at,
        time_zone=person.time_zone,
    )
    open_question(session, now, person, check_in, response, 0)
    first = outbox.by_key(session, f"prompt:{response.id}") is None
    key = f"prompt:{response.id}" if first else f"prompt:{response.id}:again"
    _ask_when_awake(session, now, person, response, text, key)


def was_asked(session: Session, response: Response) -> bool:
    """A prompt is on its way to the person or arrived, on whichever of his accounts."""
    promised = (Delivery.state != "failed") | (Delivery.error == "expired")
    return session.exec(select(Delivery.id).where(_prompts_of(response), promised).limit(1)).first() is not None


def _prompts_of(response: Response) -> Any:
    """Where it was promised, promised again after he came back, and where it went on to another account."""
    firsts = (f"prompt:{response.id}", f"prompt:{response.id}:again")
    keys = [f"{first}{ELSEWHERE * hops}" for first in firsts for hops in range(MOST_HOPS)]
    return col(Delivery.dedupe_key).in_(keys)


def _ask_when_awake(session: Session, now: datetime, person: Person, response: Response, text: str, key: str) -> None:
    """Not in the person's quiet hours; what would come after the window closed never comes."""
    due_at = None
    if person.quiet_from and person.quiet_until:
        due_at = calendar.after_quiet(now, person.time_zone, person.quiet_from, person.quiet_until)
    message = Message(markup=text, buttons=check_in_buttons(person, response))
    address = outbox.address_of(session, person)
    if address is not None:
        expires_at = response.close_at if due_at else None
        outbox.post(session, now, address, message, key, due_at=due_at, expires_at=expires_at)


def withdraw(session: Session, response: Response) -> None:
    """Answered or skipped: what was to ask or remind later asks nobody any more."""
    key = col(Delivery.dedupe_key)
    outbox.take_back(session, _prompts_of(response) | key.startswith(f"remind:{response.id}:"))


def open_question(
    session: Session, now: datetime, person: Person, check_in: CheckIn, response: Response, number: int
) -> None:
    """From now on what this person types answers that question. The next Round of the same CheckIn replaces it."""
    slots = {"response_id": response.id, "question": number}
    questions.ask(session, now, person, f"{questions.CHECK_IN}{check_in.id}", "answer", slots, "text")


def check_in_buttons(person: Person, response: Response) -> tuple[Button, ...]:
    return (
        Button(label=label(person.locale, "answer"), action=f"v1:report:{response.id}", style="primary"),
        Button(label=label(person.locale, "later"), action=f"v1:later:{response.id}"),
        Button(label=label(person.locale, "skip"), action=f"v1:skip:{response.id}"),
    )


def remind(session: Session, response: Response, person: Person, now: datetime) -> None:
    """Personal, only to the silent."""
    round_ = answers.round_of(session, response)
    text = render(
        person.locale,
        "reminder",
        check_in=answers.check_in_of(session, round_).name,
        closes_at=response.close_at,
        time_zone=person.time_zone,
    )
    key = f"remind:{response.id}:{response.due_at:%Y%m%d%H%M}"
    _ask_when_awake(session, now, person, response, text, key)


def tell_leads_who_is_silent(session: Session, round_: Round, team: Team, now: datetime) -> None:
    """Names of the silent, and of those who could not be asked, go to the lead, once, and never to the channel."""
    rows = session.exec(
        select(Person.name, Response.reason)
        .join(Response)
        .where(Response.round_id == round_.id, Response.state == "missed")
        .order_by(Person.name)
    ).all()
    if not rows:
        return
    facts = {
        "team": team.name,
        "check_in": answers.check_in_of(session, round_).name,
        "on": round_.on_date,
        "names": [name for name, reason in rows if reason != UNREACHABLE],
        "unreached": [name for name, reason in rows if reason == UNREACHABLE],
    }
    for lead in people.members_of(session, team.id, "lead"):
        text = render(lead.locale, "silent", **facts)
        tell(session, now, lead, Message(markup=text), f"silent:{round_.id}:{lead.id}")


def tell(session: Session, now: datetime, person: Person, message: Message, key: str) -> None:
    """Promise a private message; somebody no connected platform reaches is left alone."""
    address = outbox.address_of(session, person)
    if address is not None:
        outbox.post(session, now, address, message, key)
