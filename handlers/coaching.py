"""Coaching notes in chat: who, what, then who may see it, and only then is it saved; then what was agreed."""

from dataclasses import replace

from handlers import naming
from handlers.intents import Coach
from handlers.turn import Turn
from models.coaching import VISIBILITIES, CoachingNote
from models.messages import Button, Message
from models.organization import Person
from services import announcements, coaching, outbox, permissions
from services.render import render


def coach(turn: Turn, intent: Coach) -> None:
    if intent.note_id is not None:
        _agree(turn, intent)
    elif len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
    elif not intent.who:
        turn.ask(intent, "who", "ask_who_coach")
    else:
        _write(turn, intent)


def _write(turn: Turn, intent: Coach) -> None:
    person = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
    if person is None:
        return
    intent = replace(intent, who=(naming.by_id(person),))
    topic = f"coach:{person.id}"
    if not permissions.coaches(turn.session, turn.person, person):
        turn.tell("coaching_not_allowed")
    elif not intent.text:
        turn.ask(intent, "text", "ask_coach_text", topic=topic, name=person.name)
    elif intent.visibility is None:
        options = [{"value": word, "key": word} for word in VISIBILITIES]
        turn.ask(
            intent, "visibility", "ask_visibility", topic=topic, options=options, takes_text=False,
            name=person.name, text=intent.text,
        )  # fmt: skip
    else:
        _save(turn, intent, person)


def _save(turn: Turn, intent: Coach, person: Person) -> None:
    assert intent.text is not None
    assert intent.visibility is not None
    note = coaching.write(turn.session, turn.person, person, intent.text, intent.visibility, turn.now)
    turn.tell("coaching_saved", visibility=note.visibility, name=person.name, agreed="")
    _share(turn, note, person)
    nothing = [{"value": "", "key": "nothing"}]
    turn.ask(replace(intent, note_id=note.id), "agreed", "ask_agreed", topic=f"coach:{person.id}", options=nothing)


def _agree(turn: Turn, intent: Coach) -> None:
    note = coaching.by_id(turn.session, intent.note_id or 0)
    if note is None or note.coach_id != turn.person.id or not intent.agreed:
        turn.tell("nothing_agreed")
        return
    coaching.agree(turn.session, note, turn.person, intent.agreed, turn.now)
    person = turn.session.get_one(Person, note.person_id)
    buttons: list[Button] = [turn.button("make_action", "agree", note.id)]
    turn.tell("coaching_saved", *buttons, visibility=note.visibility, name=person.name, agreed=note.agreed)
    _share(turn, note, person)


def _share(turn: Turn, note: CoachingNote, person: Person) -> None:
    """The coached person reads what was shared with him; a step agreed later appears in the same message."""
    if not permissions.sees_note(turn.session, person, note):
        return
    text = render(
        person.locale, "coaching_shared_with_you", coach=turn.person.name, text=note.text, agreed=note.agreed,
        visibility=note.visibility,
    )  # fmt: skip
    original = outbox.by_key(turn.session, f"coached:{note.id}")
    if original is None:
        announcements.tell(turn.session, turn.now, person, Message(markup=text), f"coached:{note.id}")
    else:
        outbox.edit(turn.session, turn.now, original, Message(markup=text), f"coached:{note.id}:agreed")
