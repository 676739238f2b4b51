"""`notes @bob quoting`: the coaching notes with somebody that the reader may read, newest first; and whether a new lead
is shown the earlier ones."""

from dataclasses import replace
from typing import Any

from handlers import naming
from handlers.intents import Coach, Notes
from handlers.turn import Turn
from models.coaching import CoachingNote
from models.messages import Button, Message
from models.organization import Person
from services import announcements, calendar, coaching, ledger, offers, permissions
from services.render import label, render

AT_ONCE = 5


def notes(turn: Turn, intent: Notes) -> None:
    if not intent.who:
        turn.ask(intent, "who", "ask_who_notes")
        return
    other = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
    if other is None:
        return
    if intent.show_to is not None:
        _show_to(turn, intent.show_to)
    else:
        _list(turn, intent, other)


def _list(turn: Turn, intent: Notes, other: Person) -> None:
    """Somebody one may not read is answered like somebody about whom nothing was written, under the name that was
    written."""
    found = coaching.search(turn.session, turn.person, other, intent.text or "")
    first = intent.page * AT_ONCE
    shown = [
        {"number": number, **_facts(turn, note)}
        for number, note in enumerate(found[first : first + AT_ONCE], start=first + 1)
    ]
    own = [(each["number"], each["id"]) for each in shown if each["own"]]
    buttons = [*_change(turn, own), *(_older(turn, intent, other) if len(found) > first + AT_ONCE else ())]
    buttons += _to_show(turn, other)
    name = other.name if found or intent.who[0] == naming.by_id(other) else intent.who[0]
    turn.tell("notes", *buttons, name=name, text=intent.text, page=intent.page, notes=shown)


def _facts(turn: Turn, note: CoachingNote) -> dict[str, Any]:
    action = coaching.action_of(turn.session, note)
    seen = action is not None and permissions.sees_team(turn.session, turn.person, action.team_id)
    return {
        "id": note.id,
        "own": note.coach_id == turn.person.id,
        "on": calendar.local_date(note.written_at, turn.person.time_zone),
        "coach": turn.session.get_one(Person, note.coach_id).name,
        "visibility": note.visibility,
        "text": note.text,
        "agreed": note.agreed,
        "action": action if seen else None,
        "standing": ledger.standing(action, ledger.today_of(turn.session, action.team_id, turn.now)) if action else "",
    }


def _change(turn: Turn, own: list[tuple[int, int]]) -> tuple[Button, ...]:
    words = label(turn.locale, "change_note")
    options = [{"value": note_id, "text": f"{words} {number}"} for number, note_id in own]
    slots = {"change": "ask"}
    return offers.offer(turn.session, turn.now, turn.person, "own_notes", Coach.name, slots, "note_id", options)


def _older(turn: Turn, intent: Notes, other: Person) -> tuple[Button, ...]:
    slots = {"who": [naming.by_id(other)], "text": intent.text}
    options = offers.keys(older=intent.page + 1)
    return offers.offer(turn.session, turn.now, turn.person, "notes", Notes.name, slots, "page", options)


def _to_show(turn: Turn, lead: Person) -> tuple[Button, ...]:
    """The earlier notes of somebody who is led by him now, and did not show them."""
    if not permissions.coaches(turn.session, lead, turn.person) or not coaching.to_show(
        turn.session, turn.person, lead
    ):
        return ()
    slots = {"who": [naming.by_id(lead)]}
    options = [{"value": lead.id, "key": "show_notes"}]
    return offers.offer(turn.session, turn.now, turn.person, "show_notes", Notes.name, slots, "show_to", options)


def _show_to(turn: Turn, lead_id: int) -> None:
    """The person's own decision; only then the new lead hears that there is anything."""
    lead = turn.session.get(Person, lead_id)
    if lead is None or not permissions.coaches(turn.session, lead, turn.person):
        turn.tell("notes_kept")
        return
    count = coaching.show_to(turn.session, turn.person, lead, turn.now)
    turn.tell("notes_shown", name=lead.name, count=count)
    text = render(lead.locale, "notes_shown_to_you", name=turn.person.name, count=count)
    key = f"notes_shown:{turn.person.id}:{lead.id}:{turn.receipt_id}"
    announcements.tell(turn.session, turn.now, lead, Message(markup=text), key)
