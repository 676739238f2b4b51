"""From Incoming to intents: mentions become names, presses and forms become what they stand for, text is parsed."""

from handlers import asking
from handlers.intents import Amend, Contact, Intent, OpenHome, Said
from handlers.presses import read_draft, read_form, read_press
from handlers.turn import Turn
from handlers.understanding.parse import parse
from models.messages import Incoming
from models.organization import Person
from services import calendar, people, questions


def read(turn: Turn) -> tuple[Intent, ...]:
    incoming = turn.incoming
    if incoming.kind == "press":
        return (read_press(incoming.action),)
    if incoming.kind == "form":
        return (read_form(incoming.action, incoming.form),)
    if incoming.kind == "draft":
        return read_draft(incoming.action, incoming.form)
    if incoming.kind == "home":
        return (OpenHome(),)
    if incoming.kind == "contact":
        return (Contact(),)
    if incoming.edits is not None:
        return (Amend(incoming.edits, with_names(turn)),)
    return read_text(turn, with_names(turn))


def read_text(turn: Turn, text: str) -> tuple[Intent, ...]:
    question = questions.newest(turn.session, turn.person, turn.now) if turn.in_private else None
    if question is not None and asking.is_setting_label(question, text):
        return (Said(text),)
    choice = asking.aside(turn, text) if turn.in_private else None
    if choice is not None:
        return (choice,)
    near = people.names_near(turn.session, turn.person)
    mentioned = [person.name for found in turn.mentioned.values() for person in found]
    reading = parse(
        text,
        now=turn.now,
        zone=calendar.zone(turn.person.time_zone),
        locale=turn.locale,
        open_question=question is not None,
        names=[*near, *mentioned],
    )
    return reading.intents


def with_names(turn: Turn) -> str:
    """Replace the platform's ids by names, and remember who was really meant: two people may bear one name."""
    text = turn.incoming.text
    for written, user_id in turn.incoming.mentions.items():
        person = _mentioned(turn, turn.incoming, user_id)
        if person is not None:
            turn.mentioned.setdefault(person.name.casefold(), []).append(person)
            text = text.replace(f"@{written}", f"@{person.name} ")
    return text


def _mentioned(turn: Turn, incoming: Incoming, user_id: str) -> Person | None:
    person = people.person_of(turn.session, incoming.platform, incoming.connection, user_id)
    return person if person is not None and person.organization_id == turn.organization.id else None
