"""What the clock says to one person about a check-in: the prompt, the two reminders, the lead's one kind nudge.

Reminders are personal, never in a channel, only for the silent, never in quiet hours, never on a day off.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.check_ins import CheckIn, Response, Round
from models.messages import Button, Delivery, Message
from models.organization import CAN_EDIT, Person
from services import answers, audit, calendar, outbox, people, prefill, prompts, questions
from services.prompts import Asked
from services.render import label, render
from services.working_time import awake_at

UNREACHABLE = "unreachable"
"""Why a Response got no answer: nobody could ask the person."""
ELSEWHERE = ":elsewhere"
"""Ends the key of a message that went on to the next account of the same person."""
MOST_HOPS = 5
MOST_PROMPTS = 9
LAST_WORD_WITHIN = timedelta(hours=18)
"""What waits longer than that for the end of somebody's quiet hours is no news any more."""


def prompt(session: Session, response: Response, person: Person, now: datetime) -> None:
    """Ask the first question, with everything on it as buttons too; a typed message answers it."""
    round_ = answers.round_of(session, response)
    check_in = answers.check_in_of(session, round_)
    first = prompts.asked(session, response, answers.next_question(session, response) or 0, person.locale)
    text = render(
        person.locale,
        "prompt",
        name=person.name,
        check_in=check_in.name,
        closes_at=response.close_at,
        time_zone=person.time_zone,
        anonymous=round_.anonymous,
        **first.words(),
    )
    pressed = open_question(session, now, person, check_in, response, first)
    keys = _prompt_keys(response)
    key = next((key for key in keys if outbox.by_key(session, key) is None), keys[-1])
    same = same_button(session, person, response, round_)
    message = Message(markup=text, buttons=(*pressed, *check_in_buttons(person, response), *same))
    address = outbox.address_of(session, person)
    if address is not None:  # in quiet hours it waits, and where it would come after the window closed it expires
        due_at = awake_at(person, now)
        expires_at = response.close_at if due_at else None
        outbox.post(session, now, address, message, key, due_at=due_at, expires_at=expires_at)


def was_asked(session: Session, response: Response) -> bool:
    """A prompt is on its way to the person or arrived, on whichever of his accounts."""
    promised = (Delivery.state != "failed") | (Delivery.error == "expired")
    return session.exec(select(Delivery.id).where(_prompts_of(response), promised).limit(1)).first() is not None


def _prompts_of(response: Response) -> Any:
    """Where it was promised, promised again after he came back, and where it went on to another account."""
    keys = [f"{first}{ELSEWHERE * hops}" for first in _prompt_keys(response) for hops in range(MOST_HOPS)]
    return col(Delivery.dedupe_key).in_(keys)


def _prompt_keys(response: Response) -> list[str]:
    """The first time, and each time he came back from where he could not be asked."""
    agains = ["", ":again", *(f":again{number}" for number in range(2, MOST_PROMPTS))]
    return [f"prompt:{response.id}{again}" for again in agains]


def _ask_when_awake(
    session: Session,
    now: datetime,
    person: Person,
    message: Message,
    key: str,
    expires_at: datetime | None = None,
) -> bool:
    """Not in the person's quiet hours; what would come after `expires_at` never comes. Returns whether it is on its
    way."""
    due_at = awake_at(person, now)
    if due_at is not None and expires_at is not None and due_at >= expires_at:
        return False
    address = outbox.address_of(session, person)
    if address is None:
        return False
    outbox.post(session, now, address, message, key, due_at=due_at, expires_at=expires_at if due_at else None)
    return True


def withdraw(session: Session, response: Response) -> None:
    """Answered or skipped: what was to ask or remind later asks nobody any more."""
    key = col(Delivery.dedupe_key)
    outbox.take_back(session, _prompts_of(response) | key.startswith(f"remind:{response.id}:"))


def open_question(
    session: Session, now: datetime, person: Person, check_in: CheckIn, response: Response, first: Asked
) -> list[Button]:
    """From now on what this person types answers that question. The next Round of the same CheckIn replaces it.

    Returns the answers one can press.
    """
    slots = {"response_id": response.id, "question": first.number, **({"item": first.item} if first.item else {})}
    topic, pressed = f"{questions.CHECK_IN}{check_in.id}", first.answers()
    question = questions.ask(session, now, person, topic, "answer", slots, "text", pressed)
    return [
        Button(
            label=label(person.locale, each["key"]) if "key" in each else each["text"],
            action=f"v1:choose:{question.id}:{place}",
        )
        for place, each in enumerate(pressed)
    ]


def same_button(session: Session, person: Person, response: Response, round_: Round) -> list[Button]:
    """[Same as last time], where there was one."""
    if not prefill.repeated(round_.questions, prefill.earlier_of(session, response, round_)):
        return []
    return [Button(label=label(person.locale, "same"), action=f"v1:same:{response.id}")]


def check_in_buttons(person: Person, response: Response) -> tuple[Button, ...]:
    return (
        Button(label=label(person.locale, "answer"), action=f"v1:report:{response.id}", style="primary"),
        Button(label=label(person.locale, "later"), action=f"v1:later:{response.id}"),
        Button(label=label(person.locale, "skip"), action=f"v1:skip:{response.id}"),
    )


def remind(session: Session, response: Response, person: Person, now: datetime) -> bool:
    """Before the window ends: personal, only to the silent, and not to who wants to hear little, unless he asked for it
    himself (`later`). Returns whether it is on its way."""
    own_wish = response.due_at != response.remind_at
    if person.intensity == "light" and not own_wish:
        return False
    text = _of_check_in(session, response, person, "reminder", closes_at=response.close_at, time_zone=person.time_zone)
    message = Message(markup=text, buttons=check_in_buttons(person, response))
    key = f"remind:{response.id}:{response.due_at:%Y%m%d%H%M}"
    return _ask_when_awake(session, now, person, message, key, response.close_at)


def window_over(session: Session, response: Response, person: Person, now: datetime) -> None:
    """The window has ended and nobody answered: the second and last reminder, which says what he stands as.

    Never on a day he is off, so that what would have to wait for such a day is not said at all.
    """
    heard_at = awake_at(person, now) or now
    is_off = _is_off(session, response, person, heard_at)
    if person.intensity == "light" or is_off or not was_asked(session, response):
        return
    message = Message(
        markup=_of_check_in(session, response, person, "window_over"), buttons=check_in_buttons(person, response)[:1]
    )
    if _ask_when_awake(session, now, person, message, f"remind:{response.id}:over", now + LAST_WORD_WITHIN):
        audit.write(session, now, audit.CLOCK, "response.reminded", response, new={"step": "over"})


def nudge(session: Session, response: Response, person: Person, lead: Person, now: datetime) -> bool:
    """One kind word from the lead, for a Round that ended. Returns whether it is on its way."""
    heard_at = awake_at(person, now) or now
    if _is_off(session, response, person, heard_at):
        return False
    message = Message(
        markup=_of_check_in(session, response, person, "nudge", lead=lead.name),
        buttons=check_in_buttons(person, response)[:1],
    )
    return _ask_when_awake(session, now, person, message, f"remind:{response.id}:nudge", now + LAST_WORD_WITHIN)


def _is_off(session: Session, response: Response, person: Person, moment: datetime) -> bool:
    team_id = answers.round_of(session, response).team_id
    return people.absence_on(session, person.id, calendar.local_date(moment, person.time_zone), team_id) is not None


def _of_check_in(session: Session, response: Response, person: Person, template: str, **values: Any) -> str:
    round_ = answers.round_of(session, response)
    check_in = answers.check_in_of(session, round_).name
    return render(person.locale, template, check_in=check_in, **values)


def tell(
    session: Session, now: datetime, person: Person, message: Message, key: str, due_at: datetime | None = None
) -> None:
    """Promise a private message; somebody no connected platform reaches is left alone."""
    address = outbox.address_of(session, person)
    if address is not None:
        outbox.post(session, now, address, message, key, due_at=due_at)


def change(session: Session, now: datetime, key: str, message: Message) -> None:
    """What was told under that key reads so from now on; where nothing can be changed it stays as it was.

    What waits for the end of somebody's quiet hours simply waits as it reads now.
    """
    told = outbox.by_key(session, key)
    if told is None or told.state not in ("pending", "sending", "sent"):
        return
    waits = update(Delivery).where(
        col(Delivery.id) == told.id, col(Delivery.state) == "pending", col(Delivery.attempts) == 0
    )
    unsent = session.execute(waits.values(message=message.model_dump(mode="json")).returning(col(Delivery.id)))
    if unsent.first() is None and told.platform in CAN_EDIT:
        outbox.edit(session, now, told, message, f"{key}:edit")
